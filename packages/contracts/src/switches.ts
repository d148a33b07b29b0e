import { z } from 'zod';

/** What an admin has switched at run time, for all processes of a deployment; null: the environment's value holds. */
export const switchesSchema = z.object({
  sse_enabled: z.boolean().nullable(),
  /** 0–100: how many browsers of a hundred use the stream. */
  sse_rollout_percent: z.int().min(0).max(100).nullable(),
});
export type Switches = z.infer<typeof switchesSchema>;

/** The fields of `hermes:switches`, values as JSON. A value that is not one of ours switches nothing. */
export function parseSwitches(fields: Readonly<Record<string, string>>): Switches {
  const { sse_enabled, sse_rollout_percent } = switchesSchema.shape;
  return {
    sse_enabled: sse_enabled.safeParse(parseJson(fields.sse_enabled)).data ?? null,
    sse_rollout_percent: sse_rollout_percent.safeParse(parseJson(fields.sse_rollout_percent)).data ?? null,
  };
}

function parseJson(text: string | undefined): unknown {
  try {
    return JSON.parse(text ?? 'null');
  } catch {
    return null;
  }
}
