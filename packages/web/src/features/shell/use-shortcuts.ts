import { useEffect, useEffectEvent, useRef } from 'react';

/** How long the first key of two is remembered. */
const SEQUENCE_MS = 1000;
/** The key that begins all sequences, and does nothing by itself. */
const LEADER = 'g';

/** What presses a button and follows a link that has the focus. */
const ACTIVATING = ['enter', ' '];

/**
 * @param actions by `KeyboardEvent.key`, lower case; `g q` is one key after the other. They rest while the user types,
 * while something stands over the page, and with a modifier of the browser's own shortcuts.
 */
export function useShortcuts(actions: Readonly<Record<string, (event: KeyboardEvent) => void>>): void {
  const first = useRef<{ key: string; at: number } | null>(null);

  const onKeyDown = useEffectEvent((event: KeyboardEvent) => {
    if (event.ctrlKey || event.metaKey || event.altKey || event.defaultPrevented || isBusy(event.target)) return;
    const key = event.key.toLowerCase();
    if (ACTIVATING.includes(key) && isActivated(event.target)) return;
    const before = first.current;
    first.current = { key, at: event.timeStamp };
    const isSequence = before !== null && event.timeStamp - before.at < SEQUENCE_MS;
    const sequence = isSequence ? actions[`${before.key} ${key}`] : undefined;
    // What follows a `g` is the second half of somebody's `g a`, and no `a` of a page's own.
    const action = sequence ?? (isSequence && before.key === LEADER ? undefined : actions[key]);
    if (action === undefined) return;
    // Or the key that moves the focus to the box would be typed into it.
    event.preventDefault();
    first.current = null;
    action(event);
  });
  useEffect(() => {
    window.addEventListener('keydown', onKeyDown);
    return () => window.removeEventListener('keydown', onKeyDown);
  }, []);
}

function isActivated(target: EventTarget | null): boolean {
  return target instanceof HTMLElement && target.closest('a, button, input') !== null;
}

function isBusy(target: EventTarget | null): boolean {
  // Nothing in a dialog needs to have the focus.
  if (document.querySelector('dialog[open]') !== null) return true;
  return (
    target instanceof HTMLElement &&
    (target.isContentEditable ||
      /^(TEXTAREA|SELECT)$/.test(target.tagName) ||
      (target instanceof HTMLInputElement && target.type !== 'checkbox') ||
      target.closest('[role="dialog"], [role="menu"]') !== null)
  );
}
