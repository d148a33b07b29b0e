import { ProblemError } from '@hermes/runtime';
import { z } from 'zod';

/** The last item of a page: what stands behind it comes next. */
export interface HistoryPosition {
  ended_at: string;
  download_id: string;
}

const positionSchema = z.tuple([z.literal('history'), z.iso.datetime(), z.string().min(1).max(64)]);

/** Opaque to callers. It names a place and not a number, so what comes and goes meanwhile moves nothing. */
export function encodeHistoryCursor({ ended_at, download_id }: HistoryPosition): string {
  return Buffer.from(JSON.stringify(['history', ended_at, download_id])).toString('base64url');
}

/** @throws {ProblemError} VALIDATION_FAILED for what was not given out here. */
export function decodeHistoryCursor(text: string): HistoryPosition {
  let value: unknown = null;
  try {
    value = JSON.parse(Buffer.from(text, 'base64url').toString());
  } catch {
    // As anything else that is no position.
  }
  const position = positionSchema.safeParse(value);
  if (!position.success) {
    const message = 'must be the next_cursor of an earlier answer';
    throw new ProblemError('VALIDATION_FAILED', {
      detail: `query.cursor ${message}`,
      invalidParams: [{ field: 'query.cursor', message }],
    });
  }
  const [, ended_at, download_id] = position.data;
  return { ended_at, download_id };
}
