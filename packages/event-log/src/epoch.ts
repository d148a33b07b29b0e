import { randomBytes } from 'node:crypto';
import type { Cursor, Keyspace } from '@hermes/contracts';
import type { Redis } from 'ioredis';
import { Script } from './script.ts';

/** Where a reader or writer stood when it last looked, and in which run of Redis. */
export interface SeenPosition extends Cursor {
  runId: string;
}

const ensureEpochScript = new Script<[epoch: string, seq: number]>('ensure-epoch.lua');

/** A new random id for a life of the log. */
export function newEpoch(): string {
  return randomBytes(6).toString('hex');
}

/**
 * To be called on every (re)connection, before anything is published or read: finds out whether Redis still holds the
 * log that was seen, and gives the log a new epoch if it was rolled back or emptied.
 * @param seen null on the first connection.
 * @returns where the log stands; another epoch than `seen.epoch` means that nothing seen before can be continued.
 */
export async function ensureEpoch(redis: Redis, keys: Keyspace, seen: SeenPosition | null): Promise<SeenPosition> {
  const runId = /^run_id:(\w+)/m.exec(await redis.info('server'))?.[1] ?? '';
  const [epoch, seq] = await ensureEpochScript.run(
    redis,
    [keys.seq, keys.epoch, keys.boot],
    [runId, newEpoch(), seen?.epoch ?? '', seen?.seq ?? '', seen?.runId ?? ''],
  );
  return { epoch, seq, runId };
}
