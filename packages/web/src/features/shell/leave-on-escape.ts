import type { KeyboardEvent } from 'react';

/** Leaves a search box as it is: by themselves browsers empty it at Escape, and what was found would be gone. */
export function leaveOnEscape(event: KeyboardEvent<HTMLElement>): void {
  if (event.key !== 'Escape') return;
  event.preventDefault();
  event.currentTarget.blur();
}
