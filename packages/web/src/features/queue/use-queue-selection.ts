import { useCallback, useRef, useState } from 'react';

/** Which rows are chosen, and which one the keyboard is at. By id: rows may come, go and change places. */
export function useQueueSelection() {
  const [selected, setSelected] = useState<Readonly<Record<string, true>>>({});
  const [cursor, setCursor] = useState<string | null>(null);
  /** Where a range begins: the last that was chosen by itself. */
  const anchor = useRef<string | null>(null);

  const choose = useCallback((id: string) => {
    anchor.current = id;
    setSelected({ [id]: true });
  }, []);

  const toggle = useCallback((id: string) => {
    anchor.current = id;
    setSelected(({ [id]: was, ...rest }) => (was ? rest : { ...rest, [id]: true }));
  }, []);

  /** @param order the ids as they are shown. */
  const extendTo = useCallback((id: string, order: readonly string[]) => {
    const from = order.indexOf(anchor.current ?? id);
    const to = order.indexOf(id);
    if (from < 0) anchor.current = id;
    const range = order.slice(Math.min(from < 0 ? to : from, to), Math.max(from, to) + 1);
    setSelected((before) => ({ ...before, ...asRecord(range) }));
  }, []);

  const chooseAll = useCallback((order: readonly string[]) => setSelected(asRecord(order)), []);

  const clear = useCallback(() => {
    anchor.current = null;
    setSelected({});
  }, []);

  return { selected, cursor, setCursor, choose, toggle, extendTo, chooseAll, clear };
}

function asRecord(ids: readonly string[]): Record<string, true> {
  return Object.fromEntries(ids.map((id) => [id, true as const]));
}
