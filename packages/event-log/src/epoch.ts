import { randomBytes } from 'node:crypto';
import type { Cursor, Keyspace } from '@hermes/contracts';
import type { Redis } from 'ioredis';
import { Script } from './script.ts';

/** Where a reader or writer stood when it last looked, and in which run of Redis. */
export interface SeenPosition extends Cursor {
  /** As `ensureEpoch` gave it, to be handed back as it is; '' if it is not known: taken for the present run. */
  runId: string;
}

/** Where the log stands. */
export interface LogPosition extends SeenPosition {
  /** Where this epoch began: whoever comes from another one has everything after this before it. */
  epochSeq: number;
}

const ensureEpochScript = new Script<[epoch: string, seq: number, runId: string, epochSeq: number]>('ensure-epoch.lua');

/** A new random id for a life of the log. */
export function newEpoch(): string {
  return randomBytes(6).toString('hex');
}

/**
 * To be called on every (re)connection, before anything is published or read: finds out whether Redis still holds the
 * log that was seen, and gives the log a new epoch if it was rolled back or emptied.
 * @param seen null on the first connection. A position that the log has never reached counts as rolled back: hand in
 * what was read from the log itself, never what a client claims.
 * @returns where the log stands; another epoch than `seen.epoch` means that nothing seen before can be continued.
 */
export async function ensureEpoch(redis: Redis, keys: Keyspace, seen: SeenPosition | null): Promise<LogPosition> {
  const [epoch, seq, runId, epochSeq] = await ensureEpochScript.run(
    redis,
    [keys.seq, keys.epoch, keys.boot],
    [newEpoch(), seen?.epoch ?? '', seen?.seq ?? '', seen?.runId ?? ''],
  );
  return { epoch, seq, runId, epochSeq };
}
