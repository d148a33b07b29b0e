import { Kbd, Modal } from '@mantine/core';

const SHORTCUTS = [
  { keys: ['/', 'A'], either: true, meaning: 'Go to the add box' },
  { keys: ['Enter'], meaning: 'Add what is in the box' },
  { keys: ['Shift', 'Enter'], meaning: 'Begin a new line' },
  { keys: ['Esc'], meaning: 'Leave the box, close this sheet' },
  { keys: ['?'], meaning: 'Open this sheet' },
];

export function HelpSheet({ opened, onClose }: { opened: boolean; onClose: () => void }) {
  return (
    <Modal
      opened={opened}
      onClose={onClose}
      title="Keyboard"
      centered
      size="sm"
      classNames={{ content: 'help-sheet-content', header: 'help-sheet-content', title: 'help-sheet-title' }}
      closeButtonProps={{ 'aria-label': 'Close' }}
    >
      <dl className="help-sheet">
        {SHORTCUTS.map(({ keys, either, meaning }) => (
          <div key={meaning} className="help-sheet-line">
            <dt>{meaning}</dt>
            <dd>
              {keys.map((key, index) => (
                <span key={key}>
                  {index > 0 && <span className="help-sheet-joint">{either ? 'or' : '+'}</span>}
                  <Kbd>{key}</Kbd>
                </span>
              ))}
            </dd>
          </div>
        ))}
      </dl>
      <p className="help-sheet-note">A link dropped anywhere on the page is added too.</p>
    </Modal>
  );
}
