import { useLayoutEffect, useRef, useState } from 'react';

type Functions = Record<string, (...args: never[]) => void>;

/** The same object at every render, whose functions are those of the last: memoised rows are not drawn for new closures. */
export function useStable<T extends Functions>(functions: T): T {
  const latest = useRef(functions);
  useLayoutEffect(() => {
    latest.current = functions;
  });
  const [stable] = useState(
    () =>
      Object.fromEntries(
        Object.keys(functions).map((name) => [name, (...args: never[]) => latest.current[name]?.(...args)]),
      ) as T,
  );
  return stable;
}
