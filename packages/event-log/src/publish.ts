import {
  type Cursor,
  type Download,
  type DownloadProgress,
  type DownloadStatus,
  EVENTS,
  type EventData,
  type EventName,
  type FinalStatus,
  isFact,
  type Keyspace,
} from '@hermes/contracts';
import type { Redis } from 'ioredis';
import { ensureEpoch, newEpoch, type SeenPosition } from './epoch.ts';
import { Script } from './script.ts';
import { type PublishAnswer, readVerdict, type Verdict } from './verdict.ts';

/** How long a download that has ended stays readable in Redis. */
const FINAL_TTL_SECONDS = 3600;

/** The properties of a download that a change of status brings along; `seq`, `status` and `attempt` are the log's own. */
export type DownloadPatch = Partial<Omit<Download, 'download_id' | 'seq' | 'status' | 'attempt'>>;

/** Events that no fence guards. */
export type PlainEventName = Exclude<EventName, 'download_progress' | 'download_status' | 'queue_update'>;

type Fence =
  | `${'new' | 'unique'}:${number}`
  | 'claim'
  | 'current'
  | 'resume'
  | 'edit'
  | 'edit:stay:'
  | Ended<'retry' | 'remove'>
  | number;
type Ended<Verb extends string> = Verb | `${Verb}:${FinalStatus}:${number}`;

/** How a download that the log may have forgotten has ended, as the database knows. */
export interface KnownEnd {
  status: FinalStatus;
  attempt: number;
}

/** What a new try begins with; the engine tells what an earlier one has left. */
const NEVER_TRIED = {
  ...{ progress: null, downloaded_bytes: 0, download_speed: null, eta: null },
  ...{ error: null, result: null, started_at: null, completed_at: null },
} satisfies DownloadPatch;

const publishScript = new Script<PublishAnswer>('publish.lua');
const progressScript = new Script<PublishAnswer | null>('publish-progress.lua');

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
   * @param options `unique`: refuse it with `duplicate` while another open one has its URL.
   */
  async createDownload(
    download: Omit<Download, 'seq' | 'status' | 'attempt'> & { attempt?: number },
    { unique = false }: { unique?: boolean } = {},
  ): Promise<Verdict> {
    const { attempt = 0, ...fields } = download;
    const fence: Fence = `${unique ? 'unique' : 'new'}:${attempt}`;
    return this.#publishStatus(fields.download_id, 'queued', fence, fields);
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
   * @param attempt the one that a worker holds, for as long as the download is active; `current` for a person who
   * cancels or pauses it, whichever attempt is at it.
   */
  async publishStatus(
    id: string,
    attempt: number | 'current',
    status: DownloadStatus,
    patch: DownloadPatch,
  ): Promise<Verdict> {
    return this.#publishStatus(id, status, attempt, patch);
  }

  /** From paused to queued, behind all of its priority. */
  async resumeDownload(id: string): Promise<Verdict> {
    return this.#publishStatus(id, 'queued', 'resume', { error: null });
  }

  /**
   * From failed or cancelled to queued, behind all of its priority. Whatever an attempt before says is refused.
   * @param known if the log has forgotten it: how it ended, and the whole of it as `patch`.
   */
  async retryDownload(id: string, patch: DownloadPatch, known: KnownEnd | null): Promise<Verdict> {
    const fence: Fence = known === null ? 'retry' : `retry:${known.status}:${known.attempt}`;
    return this.#publishStatus(id, 'queued', fence, { ...patch, ...NEVER_TRIED });
  }

  /**
   * Another priority, or what is left of one when its place was changed: told to downloads and queue, as `reordered`.
   * @param moves whether it goes behind all of that priority; false: its place is as it should be already.
   */
  async changePriority(id: string, priority: number, moves: boolean): Promise<Verdict> {
    return this.#publishStatus(id, '', moves ? 'edit' : 'edit:stay:', { priority });
  }

  /**
   * Forgets a download that has ended, and tells the queue. It must be cancelled before if it has not.
   * @param known how it ended, if the log may have forgotten it.
   */
  async removeDownload(id: string, known: KnownEnd | null): Promise<Verdict> {
    const fence: Fence = known === null ? 'remove' : `remove:${known.status}:${known.attempt}`;
    return this.#run('queue_update', { key: id, data: '{}', fence, status: '', fields: {} });
  }

  /** The newest progress of an attempt. Refused unless the download stands in `progress.status`. */
  async publishProgress(attempt: number, progress: DownloadProgress): Promise<Verdict> {
    const { download_id, status, stage: _, ...measured } = progress;
    const data = JSON.stringify(progress);
    const fields = { ...measured, updated_at: new Date().toISOString() };
    await this.#verify();
    const keys = this.#keys;
    const answer = await progressScript.run(
      this.#redis,
      [
        keys.seq,
        keys.epoch,
        keys.states,
        keys.state('download_progress', download_id),
        keys.download(download_id),
        keys.counts,
      ],
      [keys.channel('download_progress'), download_id, attempt, status, data, ...toArguments(fields)],
    );
    if (answer !== null) return this.#read(answer);
    return this.#run('download_progress', { key: download_id, data, fence: attempt, status, fields });
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
    status: DownloadStatus | '',
    fence: Fence,
    patch: DownloadPatch & { download_id?: string },
  ): Promise<Verdict> {
    const fields = { updated_at: new Date().toISOString(), ...patch };
    return this.#run('download_status', { key: id, data: '', fence, status, fields });
  }

  async #run(
    event: EventName,
    what: {
      key: string;
      data: string;
      fence: Fence | '';
      status: DownloadStatus | '';
      fields: Record<string, unknown>;
    },
  ): Promise<Verdict> {
    await this.#verify();
    const keys = this.#keys;
    const aboutDownload = event === 'download_progress' || event === 'download_status' || event === 'queue_update';
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
        keys.order,
        keys.openUrls,
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
        ...toArguments(what.fields),
      ],
    );
    return this.#read(answer);
  }

  #read(answer: PublishAnswer): Verdict {
    const verdict = readVerdict(answer);
    if (verdict.accepted) {
      const { epoch, seq } = verdict.cursor;
      if (this.#seen === null || seq > this.#seen.seq || epoch !== this.#seen.epoch) {
        this.#seen = { epoch, seq, runId: this.#seen?.runId ?? '' };
      }
    }
    return verdict;
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

function toArguments(fields: Record<string, unknown>): string[] {
  const args: string[] = [];
  for (const [field, value] of Object.entries(fields)) {
    if (value !== undefined) args.push(field, JSON.stringify(value));
  }
  return args;
}
