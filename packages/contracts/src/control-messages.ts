import { z } from 'zod';
import { sha256Schema } from './auth.ts';
import { downloadIdSchema } from './download.ts';
import { connectionInfoSchema } from './events-rest.ts';

/** What services tell each other over the control channel. Losing one costs time, never truth: the truth is stored as well. */
export const controlMessageSchema = z.discriminatedUnion('type', [
  /** The log has a download as cancelled or paused, or it was removed: whoever works on it stops. Every flush would tell it too, only later. */
  z.object({ type: z.enum(['cancel', 'pause']), download_id: downloadIdSchema }),
  /** A credential was revoked; its streams end. `key_id` of the API key, its sessions and tokens included. */
  z.object({ type: z.literal('revoke'), key_id: z.string().min(1) }),
  /** A log-out: one session ends, and the tokens made with it. */
  z.object({ type: z.literal('end_session'), sha256: sha256Schema }),
  /** A run-time switch in `hermes:switches` has changed. */
  z.object({ type: z.literal('switches') }),
]);
export type ControlMessage = z.infer<typeof controlMessageSchema>;

/** What gateways say to each other alone: a question over the channel of all, the answer over that of the asker. */
export const gatewayMessageSchema = z.discriminatedUnion('type', [
  z.object({ type: z.literal('list_connections'), request_id: z.string().min(1), reply_to: z.string().min(1) }),
  z.object({
    type: z.literal('connections'),
    request_id: z.string().min(1),
    gateway_id: z.string().min(1),
    items: z.array(connectionInfoSchema),
  }),
]);
export type GatewayMessage = z.infer<typeof gatewayMessageSchema>;
