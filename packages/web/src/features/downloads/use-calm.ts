import { useEffect, useState } from 'react';
import { CALM_MS, calmTurn, LATE_MS } from './calm.ts';

/** A value that may change many times a second, as it is to be read: it changes at most once in `ms` milliseconds. */
export function useCalm<Value>(value: Value, ms = CALM_MS): Value {
  const [held, hold] = useState<{ value: Value; turn: number | null }>({ value, turn: null });
  const isHeld = value === held.value;
  // With the drawing that brings it: one of its own would mean a frame of its own.
  const turn = isHeld ? held.turn : calmTurn(ms);
  const isDue = turn !== held.turn;
  if (isDue) hold({ value, turn });
  useEffect(() => {
    if (isHeld || isDue) return;
    const timer = setTimeout(() => hold({ value, turn: calmTurn(ms) }), ms - CALM_MS + LATE_MS);
    return () => clearTimeout(timer);
  }, [value, isHeld, isDue, ms]);
  return isDue ? value : held.value;
}
