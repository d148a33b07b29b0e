import { z } from 'zod';

/** A place in the log: which life of the log (epoch), and how far (seq). Written `epoch:seq`. */
export interface Cursor {
  epoch: string;
  /** The last sequence number seen; 0 before the first event. */
  seq: number;
}

const CURSOR = /^([A-Za-z0-9]{1,32}):(0|[1-9][0-9]{0,15})$/;

export const epochSchema = z.string().regex(/^[A-Za-z0-9]{1,32}$/);
export const cursorSchema = z.string().refine((text) => parseCursor(text) !== null, { error: 'must be <epoch>:<seq>' });

/** `a1b2:42` → `{epoch: 'a1b2', seq: 42}`; null for anything else, so that a caller must decide what a bad cursor means. */
export function parseCursor(text: string): Cursor | null {
  const match = CURSOR.exec(text);
  if (!match) return null;
  const seq = Number(match[2]);
  return Number.isSafeInteger(seq) ? { epoch: match[1] as string, seq } : null;
}

export function formatCursor(cursor: Cursor): string {
  return `${cursor.epoch}:${cursor.seq}`;
}

/** Response header that says which log position an answer is true as of. */
export const CURSOR_HEADER = 'Hermes-Cursor';
