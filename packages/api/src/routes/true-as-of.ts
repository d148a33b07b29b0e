import { CURSOR_HEADER, type Cursor, formatCursor } from '@hermes/contracts';
import type { FastifyReply } from 'fastify';

/**
 * @param cursor the position, read before the data: whoever follows from there misses nothing that is not in the answer.
 */
export function trueAsOf(reply: FastifyReply, cursor: Cursor): FastifyReply {
  return cursor.epoch === '' ? reply : reply.header(CURSOR_HEADER, formatCursor(cursor));
}
