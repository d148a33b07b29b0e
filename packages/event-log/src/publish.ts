import {
  type Cursor,
  type Download,
  type DownloadProgress,
  type DownloadStatus,
  EVENTS,
  type EventData,
  type EventName,
  isFact,
  type Keyspace,
} from '@hermes/contracts';
import type { Redis } from 'ioredis';
import { ensureEpoch, newEpoch, type SeenPosition } from './epoch.ts';
import { Script } from './script.ts';

/** How long a download that has ended stays readable in Redis. */
const FINAL_TTL_SECONDS = 3600;

/** What the log said to a fenced event. */
export type Verdict =
  | { accepted: true; cursor: Cursor; attempt: number }
  | {
      accepted: false;
      /** `stale`: another attempt holds the download, or it left that status. */
      reason: 'unknown' | 'exists' | 'stale' | 'final';
      /** As the log has it; null if it does not know the download. */
      status: DownloadStatus | null;
      attempt: number;
    };

/** The properties of a download that a change of status brings along; `seq`, `status` and `attempt` are the log's own. */
export type DownloadPatch = Partial<Omit<Download, 'download_id' | 'seq' | 'status' | 'attempt'>>;

/** Events that no fence guards. */
export type PlainEventName = Exclude<EventName, 'download_progress' | 'download_status' | 'queue_update'>;

type Answer = [0, Exclude<Verdict, { accepted: true }>['reason'], string, number] | [1 | 2, number, string, number];

const publishScript = new Script<Answer>('publish.lua');

/**
 * The writing end of the log. Its connection should have the role `commands`: with Redis away every call fails at once
 * and the caller decides what to keep.
 */
export class Publisher {
  readonly #redis: Redis;
  readonly #keys: Keyspace;
  #seen: SeenPosition | null = null;
  /** Null after each interruption: nothing is published to a Redis that was not looked at. */
  #verification: Promise<void> | null = null;

  constructor(redis: Redis, keys: Keyspace) {
    this.#redis = redis;
    this.#keys = keys;
    redis.on('close', () => {
      this.#verification = null;
    });
  }

  /**
   * A download that is new, as `queued`; also tells the queue. Refused with `exists` if the id is taken: after a lost
   * answer that is the first call's work.
   * @param download its `attempt` is 0 if not given. One that the log has forgotten and the database has not must bring
   * the attempt it was in, so that a worker which still holds that one is told from the next.
   */
  async createDownload(
    download: Omit<Download, 'seq' | 'status' | 'attempt'> & { attempt?: number },
  ): Promise<Verdict> {
    const { attempt = 0, ...fields } = download;
    return this.#publishStatus(fields.download_id, 'queued', `new:${attempt}`, fields);
  }

  /**
   * Begins the next attempt: from here on every event of an earlier one is refused.
   * @returns the verdict; its `attempt` is the number to publish under.
   */
  async claimAttempt(id: string, patch: DownloadPatch): Promise<Verdict> {
    return this.#publishStatus(id, 'downloading', 'claim', patch);
  }

  /**
   * A change of status, told to downloads and queue in one step. Telling the same twice is accepted.
   * @param attempt the one that a worker holds; `current` for what a person decides, whichever attempt is at it.
   */
  async publishStatus(
    id: string,
    attempt: number | 'current',
    status: DownloadStatus,
    patch: DownloadPatch,
  ): Promise<Verdict> {
    return this.#publishStatus(id, status, attempt, patch);
  }

  /** The newest progress of an attempt. Refused unless the download stands in `progress.status`. */
  async publishProgress(attempt: number, progress: DownloadProgress): Promise<Verdict> {
    const { download_id, status, stage: _, ...measured } = progress;
    return this.#run('download_progress', {
      key: download_id,
      data: JSON.stringify(progress),
      fence: String(attempt),
      status,
      fields: { ...measured, updated_at: new Date().toISOString() },
    });
  }

  /** Anything that is not about one download. */
  async publish<Name extends PlainEventName>(event: Name, data: EventData<Name>): Promise<Cursor> {
    const keyField = EVENTS[event].key;
    const key = keyField === null ? '' : String((data as Record<string, unknown>)[keyField]);
    const verdict = await this.#run(event, { key, data: JSON.stringify(data), fence: '', status: '', fields: {} });
    if (!verdict.accepted) throw new Error(`${event} was refused: ${verdict.reason}`);
    return verdict.cursor;
  }

  #publishStatus(
    id: string,
    status: DownloadStatus,
    fence: `new:${number}` | 'claim' | 'current' | number,
    patch: DownloadPatch & { download_id?: string },
  ): Promise<Verdict> {
    return this.#run('download_status', {
      key: id,
      data: '',
      fence: String(fence),
      status,
      fields: { updated_at: new Date().toISOString(), ...patch },
    });
  }

  async #run(
    event: EventName,
    what: { key: string; data: string; fence: string; status: DownloadStatus | ''; fields: Record<string, unknown> },
  ): Promise<Verdict> {
    await this.#verify();
    const keys = this.#keys;
    const aboutDownload = event === 'download_progress' || event === 'download_status';
    const progressKey = keys.state('download_progress', what.key);
    const answer = await publishScript.run(
      this.#redis,
      [
        keys.seq,
        keys.epoch,
        keys.boot,
        keys.facts,
        keys.states,
        aboutDownload ? progressKey : keys.state(event, what.key === '' ? null : what.key),
        keys.download(what.key),
        keys.openDownloads,
        keys.counts,
        keys.secrets(what.key),
      ],
      [
        event,
        isFact(event) ? 'fact' : 'state',
        keys.channel(event),
        aboutDownload ? progressKey : '',
        what.key,
        what.data,
        newEpoch(),
        what.fence,
        what.status,
        keys.channel('queue_update'),
        FINAL_TTL_SECONDS,
        ...Object.entries(what.fields)
          .filter(([, value]) => value !== undefined)
          .flatMap(([field, value]) => [field, JSON.stringify(value)]),
      ],
    );
    if (answer[0] === 0) {
      const [, reason, status, attempt] = answer;
      return { accepted: false, reason, status: status === '' ? null : (status as DownloadStatus), attempt };
    }
    const [, seq, epoch, attempt] = answer;
    if (this.#seen === null || seq > this.#seen.seq || epoch !== this.#seen.epoch) {
      this.#seen = { epoch, seq, runId: this.#seen?.runId ?? '' };
    }
    return { accepted: true, cursor: { epoch, seq }, attempt };
  }

  async #verify(): Promise<void> {
    this.#verification ??= ensureEpoch(this.#redis, this.#keys, this.#seen).then((position) => {
      this.#seen = position;
    });
    const verification = this.#verification;
    try {
      await verification;
    } catch (error) {
      if (this.#verification === verification) this.#verification = null;
      throw error;
    }
  }
}
