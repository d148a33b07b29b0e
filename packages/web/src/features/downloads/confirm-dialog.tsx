import { Button, Modal } from '@mantine/core';

export interface Question {
  title: string;
  detail: string;
  /** What the button says that does it. */
  confirm: string;
  onConfirm: () => void;
}

/** Asks before something that nothing takes back. The way out is in focus, not the deed. */
export function ConfirmDialog({ question, onClose }: { question: Question | null; onClose: () => void }) {
  return (
    <Modal
      opened={question !== null}
      onClose={onClose}
      title={question?.title}
      centered
      size="sm"
      classNames={{ content: 'help-sheet-content', header: 'help-sheet-content', title: 'help-sheet-title' }}
      closeButtonProps={{ 'aria-label': 'Close' }}
    >
      <p className="confirm-detail">{question?.detail}</p>
      <div className="confirm-buttons">
        <Button variant="default" onClick={onClose} data-autofocus>
          Keep
        </Button>
        <Button
          color="red"
          data-testid="confirm-button"
          onClick={() => {
            question?.onConfirm();
            onClose();
          }}
        >
          {question?.confirm}
        </Button>
      </div>
    </Modal>
  );
}
