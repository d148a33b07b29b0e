import type { Farewell } from '@hermes/contracts';
import { encodeFrame, encodeRetry } from '../sse/encode-frame.ts';
import type { EndReason } from './held-stream.ts';

/** What a stream that the server ends on purpose says last: why, and when to come back. */
export function encodeFarewell(reason: EndReason, retryAfterMs: number): Buffer {
  const farewell: Farewell = { reason, retry_after_ms: Math.round(retryAfterMs) };
  const event = reason === 'revoked' || reason === 'expired' ? 'auth_expired' : 'draining';
  return Buffer.concat([encodeRetry(retryAfterMs), encodeFrame({ event, data: JSON.stringify(farewell) })]);
}
