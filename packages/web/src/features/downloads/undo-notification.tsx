import { Button } from '@mantine/core';
import { notifications } from '@mantine/notifications';

/** Long enough to read it and to change one's mind. */
const UNDO_MS = 8000;

/** @param undo null where nothing can be taken back. */
export function showUndo(text: string, undo: (() => void) | null): void {
  const id = notifications.show({
    autoClose: UNDO_MS,
    message: (
      <span className="undo-notification">
        <span>{text}</span>
        {undo !== null && (
          <Button
            variant="subtle"
            size="compact-sm"
            onClick={() => {
              notifications.hide(id);
              undo();
            }}
          >
            Undo
          </Button>
        )}
      </span>
    ),
  });
}
