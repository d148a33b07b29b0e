import { useEffect, useRef, useState } from 'react';
import { calmTurn, LATE_MS } from './calm.ts';

/** A value that may change many times a second, as it is to be read: it changes at most once in one. */
export function useCalm<Value>(value: Value): Value {
  const [shown, show] = useState(value);
  const turn = useRef<number | null>(null);
  useEffect(() => {
    if (value === shown) return;
    const take = () => {
      turn.current = calmTurn();
      show(value);
    };
    if (turn.current !== calmTurn()) return take();
    const timer = setTimeout(take, LATE_MS);
    return () => clearTimeout(timer);
  }, [value, shown]);
  return shown;
}
