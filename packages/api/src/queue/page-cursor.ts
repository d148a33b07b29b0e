import { z } from 'zod';

const positionSchema = z.tuple([z.iso.datetime(), z.string().min(1).max(64), z.int().nonnegative().nullable()]);

/** The last item of a page. `score`: its place among the open downloads in Redis, where that is known. */
export interface PageCursor {
  created_at: string;
  download_id: string;
  score: number | null;
}

/** Opaque to callers; it holds what both sources need, so that a page read from one can be followed by one from the other. */
export function encodePageCursor({ created_at, download_id, score }: PageCursor): string {
  return Buffer.from(JSON.stringify([created_at, download_id, score])).toString('base64url');
}

export function decodePageCursor(text: string): PageCursor | 'malformed' {
  let value: unknown;
  try {
    value = JSON.parse(Buffer.from(text, 'base64url').toString());
  } catch {
    return 'malformed';
  }
  const position = positionSchema.safeParse(value);
  if (!position.success) return 'malformed';
  const [created_at, download_id, score] = position.data;
  return { created_at, download_id, score };
}
