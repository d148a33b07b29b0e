/**
 * Rows beyond those that can be seen, on either side, that are drawn, and whose progress is asked for: so far one scrolls
 * before the stream must be asked for others.
 */
export const ROWS_AROUND = 6;

/** Rows of a list, counted from 0; nothing is seen while `last` is before `first`. */
export interface RowRange {
  first: number;
  last: number;
}

/**
 * The downloads whose progress a list asks for: those that are seen and some around them, and the same ones until one is
 * seen that is not among them.
 *
 * @param held what was asked for before: the very same is answered while it will do
 * @param idAt null or undefined: there is no such row, or its progress is over
 */
export function progressWindow(
  held: readonly string[],
  { first, last }: RowRange,
  idAt: (index: number) => string | null | undefined,
): readonly string[] {
  const seen = idsBetween(first, last, idAt);
  if (seen.length === 0) return NOBODY;
  if (seen.every((id) => held.includes(id))) return held;
  return idsBetween(first - ROWS_AROUND, last + ROWS_AROUND, idAt);
}

/** Asks for the progress of no download. */
export const NOBODY: readonly string[] = [];

function idsBetween(first: number, last: number, idAt: (index: number) => string | null | undefined): string[] {
  const ids: string[] = [];
  for (let index = Math.max(0, first); index <= last; index += 1) {
    const id = idAt(index);
    if (id != null) ids.push(id);
  }
  return ids;
}
