import {
  type Counts,
  type Cursor,
  DOWNLOAD_STATUSES,
  type Download,
  downloadSchema,
  type Keyspace,
} from '@hermes/contracts';
import type { Redis } from 'ioredis';
import { type LogEvent, parseEnvelope } from './log-event.ts';
import { Script } from './script.ts';

type AfterAnswer = [epoch: string, position: number, trimmed: number, epochSeq: number, ...envelopes: string[]];
type SnapshotAnswer = [
  epoch: string,
  seq: number,
  total: number,
  counts: string[],
  next: string,
  ...scoresAndRecords: string[],
];

const readAfterScript = new Script<AfterAnswer>('read-after.lua');
const snapshotScript = new Script<SnapshotAnswer>('snapshot.lua');

export interface LogPage {
  /** '' if the log has never been written to. */
  epoch: string;
  /** Everything up to here is in this page or was known before. Ask again after it until it is the log's end. */
  position: number;
  /** Facts up to here may be gone: a reader that knows less cannot go on. */
  trimmed: number;
  /** Where this epoch began. */
  epochSeq: number;
  /** Strictly increasing: every fact, and the newest of every state. */
  events: LogEvent[];
}

const PAGE_SIZE = 1000;

/** What was missed after `seq`, as one consistent cut. */
export async function readAfter(redis: Redis, keys: Keyspace, seq: number, limit = PAGE_SIZE): Promise<LogPage> {
  const [epoch, position, trimmed, epochSeq, ...envelopes] = await readAfterScript.run(
    redis,
    [keys.seq, keys.epoch, keys.boot, keys.facts, keys.states, keys.trimmed],
    [seq, limit],
  );
  const events = envelopes
    .map(parseEnvelope)
    .filter((event) => event !== null)
    .sort((a, b) => a.seq - b.seq);
  return { epoch, position, trimmed, epochSeq, events };
}

export interface SnapshotPage {
  cursor: Cursor;
  counts: Counts;
  /** How many downloads are not final. */
  total: number;
  /** Each a whole `Download` as JSON text, in the order of the queue. */
  downloads: string[];
  /** The place of each, read in the same moment. */
  scores: number[];
  /** What the next page begins behind; null if this is the last. */
  next: number | null;
}

/**
 * A page of what is not final. By place and not by number: what leaves or joins the queue meanwhile moves nothing past
 * whoever pages through it.
 * @param after the place that the page begins behind; null: the first page.
 */
export async function readSnapshot(
  redis: Redis,
  keys: Keyspace,
  after: number | null,
  limit: number,
): Promise<SnapshotPage> {
  const [epoch, seq, total, counts, next, ...pairs] = await snapshotScript.run(
    redis,
    [keys.seq, keys.epoch, keys.openDownloads, keys.counts],
    [after ?? '', limit, keys.download('')],
  );
  return {
    ...{ cursor: { epoch, seq }, counts: toCounts(counts), total },
    downloads: pairs.filter((_, at) => at % 2 === 1),
    scores: pairs.filter((_, at) => at % 2 === 0).map(Number),
    next: next === '' ? null : Number(next),
  };
}

/** Where the log stands now; epoch '' if it has never been written to. */
export async function readPosition(redis: Redis, keys: Keyspace): Promise<Cursor> {
  const [seq, epoch] = await redis.mget(keys.seq, keys.epoch);
  return { epoch: epoch ?? '', seq: Number(seq ?? 0) };
}

/** One download as the log has it: open, or ended within the last hour. */
export async function readDownload(redis: Redis, keys: Keyspace, id: string): Promise<Download | null> {
  const record = await redis.hgetall(keys.download(id));
  if (record.download_id === undefined) return null;
  return downloadSchema.parse(
    Object.fromEntries(Object.entries(record).map(([field, json]) => [field, JSON.parse(json)])),
  );
}

/** The newest of every state there is, oldest first: what a fresh reader draws before anything live. */
export async function readLatestStates(redis: Redis, keys: Keyspace): Promise<LogEvent[]> {
  const names = await redis.zrange(keys.states, '0', '-1');
  if (names.length === 0) return [];
  const envelopes = await redis.mget(names);
  return envelopes
    .map((envelope) => (envelope === null ? null : parseEnvelope(envelope)))
    .filter((event) => event !== null)
    .sort((a, b) => a.seq - b.seq);
}

export async function readCounts(redis: Redis, keys: Keyspace): Promise<Counts> {
  const stored = await redis.hgetall(keys.counts);
  return toCounts(Object.entries(stored).flat());
}

function toCounts(pairs: string[]): Counts {
  const counts = Object.fromEntries(DOWNLOAD_STATUSES.map((status) => [status, 0])) as Counts;
  for (let i = 0; i + 1 < pairs.length; i += 2) {
    const status = pairs[i] as keyof Counts;
    if (status in counts) counts[status] = Math.max(0, Number(pairs[i + 1]));
  }
  return counts;
}
