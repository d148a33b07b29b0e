import { type ChangeEvent, useEffect, useEffectEvent, useState } from 'react';

/** Long enough that a word is asked for once, short enough that nobody waits for it. */
const PAUSE_MS = 250;

/** A text field that tells of what was typed when the typing pauses, and follows what changes it from elsewhere. */
export function useLateText(value: string, onText: (text: string) => void) {
  const [typed, setTyped] = useState(value);
  const [told, setTold] = useState(value);
  if (value !== told) {
    setTold(value);
    // What comes back is what was told; anything else is news.
    if (value !== typed.trim()) setTyped(value);
  }
  const tell = useEffectEvent((text: string) => {
    if (text !== value) onText(text);
  });
  useEffect(() => {
    const timer = setTimeout(() => tell(typed.trim()), PAUSE_MS);
    return () => clearTimeout(timer);
  }, [typed]);
  return {
    value: typed,
    onChange: (event: ChangeEvent<HTMLInputElement>) => setTyped(event.currentTarget.value),
  };
}
