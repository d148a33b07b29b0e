import { CloseButton } from '@mantine/core';
import { type ReactNode, useId, useLayoutEffect, useRef } from 'react';

interface DialogProps {
  title: ReactNode;
  onClose: () => void;
  children: ReactNode;
}

/**
 * Stands over the page as long as it is rendered. The browser's own: it keeps the focus and gives it back, closes with
 * Escape, and makes the rest inert, for a twentieth of the bytes of one in JavaScript. What has `data-autofocus` in it
 * has the focus at first.
 */
export function Dialog({ title, onClose, children }: DialogProps) {
  const ref = useRef<HTMLDialogElement>(null);
  const titleId = useId();

  // Closed before it leaves the document: only that gives the focus back.
  useLayoutEffect(() => {
    const dialog = ref.current;
    dialog?.showModal();
    dialog?.querySelector<HTMLElement>('[data-autofocus]')?.focus();
    return () => dialog?.close();
  }, []);

  return (
    <dialog
      className="dialog"
      ref={ref}
      aria-labelledby={titleId}
      // Told of late, when it may long be open again.
      onClose={(event) => event.currentTarget.open || onClose()}
      onMouseDown={(event) => {
        // Beside the dialog: what is in it stands in elements of its own.
        if (event.target !== event.currentTarget) return;
        // The focus goes back to where it was, not to where the pointer is.
        event.preventDefault();
        onClose();
      }}
    >
      <div className="dialog-content">
        <header className="dialog-head">
          <h2 id={titleId}>{title}</h2>
          <CloseButton aria-label="Close" onClick={onClose} />
        </header>
        {children}
      </div>
    </dialog>
  );
}
