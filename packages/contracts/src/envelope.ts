import { z } from 'zod';
import { downloadStatusSchema } from './download.ts';
import { eventNameSchema } from './events.ts';

/**
 * What travels on the pub/sub channels and lies in the facts stream: one JSON object whose leading fields stand in this
 * order, so that a gateway finds them without parsing the data:
 * `{"seq","event","key","status","previous_status","data":{…}}`.
 */
export const envelopeSchema = z.object({
  seq: z.int().positive(),
  event: eventNameSchema,
  /** What a state is about, and what topics are narrowed by; null where there is only one. */
  key: z.string().nullable(),
  status: downloadStatusSchema.nullable(),
  previous_status: downloadStatusSchema.nullable(),
  data: z.record(z.string(), z.unknown()),
});
export type Envelope = z.infer<typeof envelopeSchema>;
