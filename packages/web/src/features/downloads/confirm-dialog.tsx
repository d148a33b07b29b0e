import { Button } from '@mantine/core';
import { Dialog } from '../shell/dialog.tsx';

export interface Question {
  title: string;
  detail: string;
  /** What the button says that does it. */
  confirm: string;
  onConfirm: () => void;
}

/** Asks before something that nothing takes back. The way out is in focus, not the deed. */
export function ConfirmDialog({ question, onClose }: { question: Question | null; onClose: () => void }) {
  if (question === null) return null;
  return (
    <Dialog title={question.title} onClose={onClose}>
      <p className="confirm-detail">{question.detail}</p>
      <div className="confirm-buttons">
        <Button variant="default" onClick={onClose} data-autofocus>
          Keep
        </Button>
        <Button
          color="red"
          data-testid="confirm-button"
          onClick={() => {
            question.onConfirm();
            onClose();
          }}
        >
          {question.confirm}
        </Button>
      </div>
    </Dialog>
  );
}
