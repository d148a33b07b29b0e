import { z } from 'zod';
import { downloadIdSchema } from './download.ts';

/** What services tell each other over the control channel. Losing one costs time, never truth: the truth is stored as well. */
export const controlMessageSchema = z.discriminatedUnion('type', [
  /** The log has a download as cancelled: whoever works on it stops. Every flush would tell it too, only later. */
  z.object({ type: z.literal('cancel'), download_id: downloadIdSchema }),
  /** A credential was revoked; its streams end. `key_id` of the API key, sessions made with it included. */
  z.object({ type: z.literal('revoke'), key_id: z.string().min(1) }),
  /** A log-out: one session ends. */
  z.object({ type: z.literal('end_session'), sha256: z.string().regex(/^[0-9a-f]{64}$/) }),
  /** A run-time switch in `hermes:switches` has changed. */
  z.object({ type: z.literal('switches') }),
]);
export type ControlMessage = z.infer<typeof controlMessageSchema>;
