import { join } from 'node:path';
import {
  INCOMPLETE_DIRECTORY,
  type Keyspace,
  queueUpdateSchema,
  type Storage,
  type StorageScan,
} from '@hermes/contracts';
import { type Publisher, parseEnvelope } from '@hermes/event-log';
import {
  type Config,
  type DiskSpace,
  DiskWatch,
  type Logger,
  type Metrics,
  ProblemError,
  readDiskSpace,
} from '@hermes/runtime';
import type { Redis } from 'ioredis';
import { z } from 'zod';
import { ScanFailure } from './scan-failure.ts';
import { scanTree, treeSchema } from './scan-tree.ts';
import { SnapshotCache } from './snapshot-cache.ts';
import { type Snapshot, SnapshotFile } from './snapshot-file.ts';
import { StorageMetrics } from './storage-metrics.ts';
import { StoragePublisher } from './storage-publisher.ts';

interface StorageMonitorOptions {
  config: Config;
  /** Role `commands`; used, not owned. */
  redis: Redis;
  /** Subscribed to the channels of the log. */
  subscriber: Redis;
  keys: Keyspace;
  publisher: Publisher;
  logger: Logger;
  metrics: Metrics;
}

const SNAPSHOT_VERSION = 1;
const TTL_MS = 60_000;
const REST_MS = 5000;
/** A person waits for the answer. */
const FIRST_WAIT_MS = 5000;
/** Files that grow in place in a directory that does not change are found at the latest then. */
const READ_ALL_AFTER_MS = 86_400_000;

const bytes = z.int().nonnegative();
const storedSchema = (directory: string) =>
  z.object({
    /** What was scanned: of another directory nothing is of use. */
    directory: z.literal(directory),
    space: z.object({ total: bytes, used: bytes, free: bytes }),
    files: bytes,
    bytes,
    tree: treeSchema,
    /** Milliseconds since 1970: when everything was read last, and not only what had changed. */
    readAllAt: z.number(),
  });
type Stored = z.infer<ReturnType<typeof storedSchema>>;

/** What the download directory holds and how full its disk is: for the routes, the stream and the metrics. */
export class StorageMonitor {
  readonly #options: StorageMonitorOptions;
  readonly #directory: string;
  readonly #cache: SnapshotCache<Stored>;
  readonly #watch: DiskWatch;
  readonly #publisher: StoragePublisher;
  #filesScanned = 0;
  /** Someone has asked for the scan that runs, and waits to see it on the stream. */
  #asked = false;

  constructor(options: StorageMonitorOptions) {
    const { config, redis, keys, publisher, logger } = options;
    this.#options = options;
    this.#directory = config.HERMES_DOWNLOAD_DIR;
    const measured = new StorageMetrics(options.metrics, {
      space: () => this.#watch.space,
      diagnostics: () => this.#cache.diagnostics,
    });
    this.#publisher = new StoragePublisher(publisher, logger, () => {
      const { snapshot } = this.#cache;
      return snapshot === null ? null : this.#describe(snapshot, this.#cache.isStale);
    });
    this.#cache = new SnapshotCache<Stored>({
      scan: (previous, signal) => this.#scan(previous, signal),
      file: new SnapshotFile({
        path: join(config.HERMES_HOME, 'snapshots', 'storage.json'),
        version: SNAPSHOT_VERSION,
        schema: storedSchema(this.#directory),
        logger,
      }),
      ttlMs: TTL_MS,
      restMs: REST_MS,
      firstWaitMs: FIRST_WAIT_MS,
      logger,
      onScanned: () => {
        if (this.#asked) this.#publisher.insist();
        this.#asked = false;
        this.#publisher.consider();
      },
      onEnded: (outcome, durationMs) => measured.ended(outcome, durationMs),
    });
    this.#watch = new DiskWatch({
      path: this.#directory,
      thresholds: { warnPercent: config.HERMES_DISK_WARN_PERCENT, stopPercent: config.HERMES_DISK_STOP_PERCENT },
      redis,
      keys,
      publish: (notification) => publisher.publish('system_notification', notification),
      logger,
      onSpace: () => this.#publisher.consider(),
      onLevel: () => this.#publisher.consider(),
    });
  }

  /** Takes up what an earlier process has found out. A disk of downloads that hangs keeps nobody from starting. */
  async start(): Promise<void> {
    await this.#cache.load();
    this.#options.subscriber.on('message', this.#onMessage);
    void this.#watch.start();
  }

  close(): void {
    this.#options.subscriber.off('message', this.#onMessage);
    this.#watch.close();
    this.#cache.close();
    this.#publisher.close();
  }

  /** @throws {ProblemError} STORAGE_UNAVAILABLE if there is nothing to answer with. */
  async read(): Promise<Storage> {
    try {
      const { snapshot, isStale } = await this.#cache.read();
      return this.#describe(snapshot, isStale);
    } catch (error) {
      if (!(error instanceof ScanFailure)) throw error;
      throw new ProblemError('STORAGE_UNAVAILABLE', {
        detail: error.cause === undefined ? 'It is being looked through for the first time' : reasonOf(error.cause),
        retryAfterSeconds: Math.max(1, Math.ceil(error.retryInMs / 1000)),
        cause: error,
      });
    }
  }

  /** Everything is read anew; if a scan is under way, that one it is. */
  rescan(): StorageScan {
    this.#cache.rescan();
    this.#asked = true;
    return this.scan;
  }

  get scan(): StorageScan {
    const { state, startedAt, finishedAt, durationMs, lastError, staleServed, ...counts } = this.#cache.diagnostics;
    return {
      status: state === 'scanning' ? 'running' : state === 'failed' ? 'failed' : 'idle',
      started_at: toTime(startedAt),
      finished_at: toTime(finishedAt),
      files_scanned: this.#filesScanned,
      snapshot: state,
      error: lastError === null ? null : reasonOf(lastError),
      duration_ms: durationMs,
      ...counts,
      stale_served: staleServed,
    };
  }

  async #scan(previous: Snapshot<Stored> | null, signal: AbortSignal): Promise<Stored> {
    const now = Date.now();
    const age = previous === null ? 0 : now - previous.data.readAllAt;
    const base = age < 0 || age > READ_ALL_AFTER_MS ? null : previous;
    this.#filesScanned = 0;
    const space = await readDiskSpace(this.#directory);
    const {
      tree,
      files,
      bytes: size,
      unreadable,
    } = await scanTree({
      root: this.#directory,
      previous: base?.data.tree ?? null,
      exclude: [INCOMPLETE_DIRECTORY],
      signal,
      onFiles: (count) => {
        this.#filesScanned += count;
      },
    });
    if (unreadable > 0) this.#options.logger.warn({ unreadable }, 'Some of the download directory may not be read');
    return { directory: this.#directory, space, files, bytes: size, tree, readAllAt: base?.data.readAllAt ?? now };
  }

  #describe({ generatedAt, data }: Snapshot<Stored>, isStale: boolean): Storage {
    const { total, used, free }: DiskSpace = this.#watch.space ?? data.space;
    return {
      total_space: total,
      used_space: used,
      free_space: free,
      downloads_size: data.bytes,
      downloads_count: data.files,
      generated_at: new Date(generatedAt).toISOString(),
      is_stale: isStale,
      level: this.#watch.level,
      warn_percent: this.#options.config.HERMES_DISK_WARN_PERCENT,
      stop_percent: this.#options.config.HERMES_DISK_STOP_PERCENT,
    };
  }

  /** A file has come, or gone. */
  readonly #onMessage = (channel: string, text: string): void => {
    if (channel !== this.#options.keys.channel('queue_update')) return;
    const event = parseEnvelope(text);
    if (event === null) return;
    const update = queueUpdateSchema.safeParse(JSON.parse(event.data));
    if (!update.success) return;
    const { status, action } = update.data;
    if (status === 'completed' || action === 'removed') this.#cache.invalidate();
  };
}

const REASONS: Readonly<Record<string, string>> = {
  ENOENT: 'The download directory does not exist',
  ENOTDIR: 'The download directory is not a directory',
  EACCES: 'The download directory may not be read',
  EPERM: 'The download directory may not be read',
};

/** Without the system's own words: they tell the machine's paths. */
function reasonOf(error: unknown): string {
  const code = String((error as NodeJS.ErrnoException).code ?? '');
  return REASONS[code] ?? `The download directory cannot be read${code === '' ? '' : ` (${code})`}`;
}

function toTime(milliseconds: number | null): string | null {
  return milliseconds === null ? null : new Date(milliseconds).toISOString();
}
