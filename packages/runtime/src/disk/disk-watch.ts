import type { Keyspace, SystemNotification } from '@hermes/contracts';
import type { Redis } from 'ioredis';
import type { Logger } from '../logger.ts';
import { isRedisAway } from '../redis-away.ts';
import { type DiskLevel, type DiskThresholds, diskLevel } from './disk-level.ts';
import { type DiskSpace, directoryIdentity, readDiskSpace, usedPercent } from './disk-space.ts';

export interface DiskWatchOptions {
  /** The directory whose disk is watched. */
  path: string;
  thresholds: DiskThresholds;
  /** Role `commands`; used, not owned. */
  redis: Redis;
  keys: Keyspace;
  publish(notification: SystemNotification): Promise<unknown>;
  logger: Logger;
  intervalMs?: number;
  onLevel?(level: DiskLevel): void;
  onSpace?(space: DiskSpace): void;
}

const INTERVAL_MS = 10_000;
/** A level that lasts is told again after this. */
const REMIND_SECONDS = 86_400;
/** Longer than telling can take with every command timing out. */
const TELLING_MS = 30_000;

/**
 * Watches how full a disk is, and tells of it when that passes a threshold. However many processes watch the same
 * directory, one of them tells: what was told last is in Redis, and is also what the hysteresis starts from, so that all
 * of them see one level. A process that dies while it tells leaves it to another, which may tell it a second time.
 */
export class DiskWatch {
  readonly #options: DiskWatchOptions;
  #level: DiskLevel = 'ok';
  #space: DiskSpace | null = null;
  #blind = false;
  #timer: NodeJS.Timeout | undefined;
  #closed = false;

  constructor(options: DiskWatchOptions) {
    this.#options = options;
  }

  /** As last seen; null before, and while the directory cannot be looked at. */
  get space(): DiskSpace | null {
    return this.#space;
  }

  get level(): DiskLevel {
    return this.#level;
  }

  /** Resolves after the first look. */
  async start(): Promise<void> {
    await this.#look();
    this.#lookLater();
  }

  /** At once, also while a disk or Redis hangs: what is under way ends without a word. */
  close(): void {
    this.#closed = true;
    clearTimeout(this.#timer);
  }

  /** From the end of one look to the next: a disk that hangs is not asked a second time meanwhile. */
  #lookLater(): void {
    if (this.#closed) return;
    this.#timer = setTimeout(() => {
      void this.#look().finally(() => this.#lookLater());
    }, this.#options.intervalMs ?? INTERVAL_MS);
    this.#timer.unref();
  }

  async #look(): Promise<void> {
    const { path, thresholds, redis, keys, logger, onLevel, onSpace } = this.#options;
    let id: string;
    try {
      [this.#space, id] = await Promise.all([readDiskSpace(path), directoryIdentity(path)]);
      this.#blind = false;
    } catch (error) {
      this.#space = null;
      if (!this.#blind) logger.warn({ err: error }, 'The disk of the download directory cannot be looked at');
      this.#blind = true;
      return;
    }
    if (this.#closed) return;
    onSpace?.(this.#space);
    // Who watches for other thresholds sees other levels, and is not to be argued with.
    const name = `${id}-${thresholds.warnPercent}-${thresholds.stopPercent}`;
    const told = await redis.get(keys.disk(name)).catch((error: unknown) => this.#unreachable(error));
    if (this.#closed) return;
    const previous = isLevel(told) ? told : this.#level;
    const level = diskLevel(usedPercent(this.#space), previous, thresholds);
    if (level !== this.#level) {
      this.#level = level;
      onLevel?.(level);
    }
    if (told === undefined || level === (told ?? 'ok')) return;
    await this.#tell(name, level, this.#space).catch((error: unknown) => this.#unreachable(error));
  }

  async #tell(name: string, level: DiskLevel, space: DiskSpace): Promise<void> {
    const { redis, keys, publish } = this.#options;
    const lock = keys.diskTelling(name);
    if ((await redis.set(lock, '1', 'PX', TELLING_MS, 'NX')) === null) return;
    try {
      // Another may have told between our look and our lock.
      const told = await redis.get(keys.disk(name));
      if (level === (told ?? 'ok')) return;
      await publish(notificationOf(level, space));
      await redis.set(keys.disk(name), level, 'EX', REMIND_SECONDS);
    } finally {
      await redis.del(lock);
    }
  }

  #unreachable(error: unknown): undefined {
    if (!this.#closed && !isRedisAway(error)) {
      this.#options.logger.error({ err: error }, 'The use of the disk could not be told');
    }
  }
}

function isLevel(text: string | null | undefined): text is DiskLevel {
  return text === 'ok' || text === 'low' || text === 'stop';
}

function notificationOf(level: DiskLevel, space: DiskSpace): SystemNotification {
  // Rounded down: 94.6 must not read as the 95 at which downloads stop.
  const disk = `The disk of the downloads is ${Math.floor(usedPercent(space))} % full`;
  const left = `${(space.free / 1e9).toFixed(1)} GB are left`;
  switch (level) {
    case 'ok':
      return { level: 'info', code: 'DISK_SPACE_OK', message: `${disk} and has room again: ${left}.` };
    case 'low':
      return { level: 'warning', code: 'DISK_SPACE_LOW', message: `${disk}: ${left}.` };
    case 'stop':
      return {
        level: 'error',
        code: 'DISK_SPACE_EXHAUSTED',
        message: `${disk}: ${left}. New downloads wait in the queue until there is space.`,
      };
  }
}
