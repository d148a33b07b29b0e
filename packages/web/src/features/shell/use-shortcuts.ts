import { useEffect, useEffectEvent } from 'react';

/** @param actions by `KeyboardEvent.key`, lower case. They rest while the user types, or holds a modifier of the browser's own shortcuts. */
export function useShortcuts(actions: Readonly<Record<string, () => void>>): void {
  const onKeyDown = useEffectEvent((event: KeyboardEvent) => {
    if (event.ctrlKey || event.metaKey || event.altKey || event.defaultPrevented || isEditable(event.target)) return;
    const action = actions[event.key.toLowerCase()];
    if (action === undefined) return;
    // Or the key that moves the focus to the box would be typed into it.
    event.preventDefault();
    action();
  });
  useEffect(() => {
    window.addEventListener('keydown', onKeyDown);
    return () => window.removeEventListener('keydown', onKeyDown);
  }, []);
}

function isEditable(target: EventTarget | null): boolean {
  return (
    target instanceof HTMLElement && (target.isContentEditable || /^(INPUT|TEXTAREA|SELECT)$/.test(target.tagName))
  );
}
