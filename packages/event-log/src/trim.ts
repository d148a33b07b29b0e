import type { Keyspace } from '@hermes/contracts';
import type { Redis } from 'ioredis';
import { Script } from './script.ts';

const trimScript = new Script<[deleted: number, forced: 0 | 1]>('trim.lua');

/** Some milliseconds of Redis' time. */
const MAX_DELETED = 2000;

export interface TrimLimits {
  /** Facts that are kept for clients that come back, however far the projections are. */
  keep: number;
  /** `HERMES_FACTS_MAX_LENGTH`: past it the oldest go even if a projection has not folded them, or none is known. */
  hardCap: number;
}

/**
 * Deletes what no projection needs any more, at most 2000 facts a call: call again while it says that some went.
 * @returns how many facts went, and whether the hard cap cost a projection facts that it still needed: an alarm.
 */
export async function trimFacts(
  redis: Redis,
  keys: Keyspace,
  limits: TrimLimits,
): Promise<{ deleted: number; forced: boolean }> {
  const [deleted, forced] = await trimScript.run(
    redis,
    [keys.facts, keys.trimmed, keys.offsets],
    [limits.keep, limits.hardCap, MAX_DELETED],
  );
  return { deleted, forced: forced === 1 };
}

/** Tells how far a projection has come, after the transaction that moved it was committed. */
export async function writeOffset(redis: Redis, keys: Keyspace, projection: string, seq: number): Promise<void> {
  await redis.hset(keys.offsets, projection, String(seq));
}
