import { Kbd } from '@mantine/core';
import { DESTINATIONS } from './destinations.ts';
import { Dialog } from './dialog.tsx';

interface Shortcut {
  keys: readonly string[];
  /** Between the keys; by default they are pressed together. */
  joint?: 'or' | 'then';
  meaning: string;
}

const SECTIONS: readonly { title: string; shortcuts: readonly Shortcut[] }[] = [
  {
    title: 'Everywhere',
    shortcuts: [
      ...DESTINATIONS.map(({ label, shortcut }) => ({
        keys: ['G', shortcut.toUpperCase()],
        joint: 'then' as const,
        meaning: `Go to ${label}`,
      })),
      { keys: ['?'], meaning: 'Open this sheet' },
    ],
  },
  {
    title: 'Downloads',
    shortcuts: [
      { keys: ['/', 'A'], joint: 'or', meaning: 'Go to the add box' },
      { keys: ['Enter'], meaning: 'Add what is in the box' },
      { keys: ['Shift', 'Enter'], meaning: 'Begin a new line' },
      { keys: ['Esc'], meaning: 'Leave the box' },
    ],
  },
  {
    title: 'Queue',
    shortcuts: [
      { keys: ['J', 'K'], joint: 'or', meaning: 'Next row, previous row' },
      { keys: ['Shift', 'J'], meaning: 'Choose rows on the way' },
      { keys: ['X', 'Space'], joint: 'or', meaning: 'Choose the row' },
      { keys: ['*'], meaning: 'Choose all that is shown' },
      { keys: ['Esc'], meaning: 'Choose nothing' },
      { keys: ['Enter'], meaning: 'Open the download' },
      { keys: ['/'], meaning: 'Search' },
      { keys: ['P'], meaning: 'Pause, or resume' },
      { keys: ['R'], meaning: 'Retry' },
      { keys: ['C'], meaning: 'Cancel' },
      { keys: ['Delete'], meaning: 'Delete' },
      { keys: ['+', '-'], joint: 'or', meaning: 'Raise or lower the priority' },
    ],
  },
  { title: 'History', shortcuts: [{ keys: ['/'], meaning: 'Search' }] },
  {
    title: 'Inspector',
    shortcuts: [
      { keys: ['P'], meaning: 'Pause, or go on' },
      { keys: ['C'], meaning: 'Clear' },
      { keys: ['/'], meaning: 'Search in the data' },
    ],
  },
];

export function HelpSheet({ onClose }: { onClose: () => void }) {
  return (
    <Dialog title="Keyboard" onClose={onClose}>
      {SECTIONS.map(({ title, shortcuts }) => (
        <section key={title} className="help-sheet-section">
          <h3>{title}</h3>
          <dl className="help-sheet">
            {shortcuts.map((shortcut) => (
              <ShortcutLine key={shortcut.meaning} {...shortcut} />
            ))}
          </dl>
        </section>
      ))}
      <p className="help-sheet-note">A link dropped anywhere on the downloads page is added too.</p>
    </Dialog>
  );
}

function ShortcutLine({ keys, joint, meaning }: Shortcut) {
  return (
    <div className="help-sheet-line">
      <dt>{meaning}</dt>
      <dd>
        {keys.map((key, index) => (
          <span key={key}>
            {index > 0 && <span className="help-sheet-joint">{joint ?? '+'}</span>}
            <Kbd>{key}</Kbd>
          </span>
        ))}
      </dd>
    </div>
  );
}
