import { execFile } from 'node:child_process';
import { appendFile, mkdir, mkdtemp, rm, truncate } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import type { SystemNotification } from '@hermes/contracts';
import type { Redis } from 'ioredis';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it, vi } from 'vitest';
import { TestRedis } from '../../../../tests/support/test-redis.ts';
import { createLogger } from '../logger.ts';
import type { DiskLevel } from './disk-level.ts';
import { readDiskSpace, usedPercent } from './disk-space.ts';
import { DiskWatch } from './disk-watch.ts';

const run = promisify(execFile);
const MIB = 1024 * 1024;
const WAIT = { timeout: 20_000, interval: 10 };

let redis: TestRedis;
let commands: Redis;
beforeAll(async () => {
  redis = await TestRedis.start();
  commands = await redis.connect('commands');
});
afterAll(() => redis.close());

/** A file system of 20 MiB; what is in use is one file. */
class SmallDisk {
  readonly path: string;
  #size = 0;

  private constructor(path: string) {
    this.path = path;
  }

  /** null where file systems may not be mounted. */
  static async mount(): Promise<SmallDisk | null> {
    const path = await mkdtemp(join(tmpdir(), 'hermes-disk-'));
    try {
      await run('mount', ['-t', 'tmpfs', '-o', 'size=20m', 'tmpfs', path]);
      return new SmallDisk(path);
    } catch {
      await rm(path, { recursive: true });
      return null;
    }
  }

  async fill(percent: number): Promise<void> {
    const file = join(this.path, 'ballast');
    const size = Math.ceil((20 * MIB * percent) / 100);
    // Never by way of less than both: that would be another level.
    if (size < this.#size) await truncate(file, size);
    else await appendFile(file, Buffer.alloc(size - this.#size));
    this.#size = size;
  }

  async unmount(): Promise<void> {
    await run('umount', [this.path]);
    await rm(this.path, { recursive: true, force: true });
  }
}

describe('a watched disk', () => {
  let disk: SmallDisk | null;
  let watches: DiskWatch[];
  let told: SystemNotification[];
  let levels: DiskLevel[];

  function watch(path: string, connection = commands, thresholds = { warnPercent: 90, stopPercent: 95 }): DiskWatch {
    const made = new DiskWatch({
      path,
      thresholds,
      redis: connection,
      keys: redis.keys,
      publish: async (notification) => told.push(notification),
      logger: createLogger('test', 'silent'),
      intervalMs: 20,
      onLevel: (level) => levels.push(level),
    });
    watches.push(made);
    return made;
  }
  const codes = () => told.map(({ code }) => code);

  beforeEach(async () => {
    await commands.flushall();
    [watches, told, levels] = [[], [], []];
    disk = await SmallDisk.mount();
  });
  afterEach(async () => {
    for (const one of watches) one.close();
    await disk?.unmount();
  });

  it('is told of once by many watchers, at each threshold, and when there is room again', async ({ skip }) => {
    if (disk === null) return skip('a file system of its own may not be mounted here');
    const { path } = disk;
    const many = Array.from({ length: 8 }, () => watch(path));
    await Promise.all(many.map((one) => one.start()));
    const all = (level: DiskLevel) =>
      vi.waitFor(() => expect(many.map((one) => one.level)).toEqual(many.map(() => level)), WAIT);
    expect(told).toEqual([]);
    for (const [percent, level] of [
      [91, 'low'],
      [96, 'stop'],
      [94, 'stop'],
      [91, 'low'],
      [89, 'low'],
      [50, 'ok'],
    ] as const) {
      await disk.fill(percent);
      await all(level);
    }
    await vi.waitFor(() => expect(codes().at(-1)).toBe('DISK_SPACE_OK'), WAIT);
    expect(codes()).toEqual(['DISK_SPACE_LOW', 'DISK_SPACE_EXHAUSTED', 'DISK_SPACE_LOW', 'DISK_SPACE_OK']);
    expect(told.map(({ level }) => level)).toEqual(['warning', 'error', 'warning', 'info']);
    expect(told[1]?.message).toMatch(/96 % full: 0\.0 GB are left\. New downloads wait/);
  });

  it('tells what it sees at its start, and no second process does', async ({ skip }) => {
    if (disk === null) return skip('a file system of its own may not be mounted here');
    await disk.fill(97);
    const first = watch(disk.path);
    await first.start();
    expect([first.level, codes()]).toEqual(['stop', ['DISK_SPACE_EXHAUSTED']]);
    // Below the threshold, and within what the hysteresis holds: only what was told before can tell it so.
    first.close();
    await disk.fill(94);
    const second = watch(disk.path);
    await second.start();
    expect([second.level, codes()]).toEqual(['stop', ['DISK_SPACE_EXHAUSTED']]);
    expect(second.space).toEqual(await readDiskSpace(disk.path));
  });

  it('goes on without Redis, and tells when it is back', async ({ skip }) => {
    if (disk === null) return skip('a file system of its own may not be mounted here');
    const own = await TestRedis.start();
    const connection = await own.connect('commands');
    const one = watch(disk.path, connection);
    await one.start();
    await own.stop();
    await disk.fill(96);
    await vi.waitFor(() => expect(one.level).toBe('stop'), WAIT);
    expect(levels.at(-1)).toBe('stop');
    expect(told).toEqual([]);
    await own.restart();
    await vi.waitFor(() => expect(codes()).toEqual(['DISK_SPACE_EXHAUSTED']), WAIT);
    one.close();
    await own.close();
  });

  it('is told of once more if it could not be told', async ({ skip }) => {
    if (disk === null) return skip('a file system of its own may not be mounted here');
    await disk.fill(96);
    const one = watch(disk.path);
    const publish = vi.spyOn(told, 'push').mockImplementationOnce(() => {
      throw new Error('it broke off');
    });
    await one.start();
    expect([one.level, codes()]).toEqual(['stop', []]);
    await vi.waitFor(() => expect(codes()).toEqual(['DISK_SPACE_EXHAUSTED']), WAIT);
    expect(publish).toHaveBeenCalledTimes(2);
  });

  it('may be one that is not there yet', async () => {
    const parent = await mkdtemp(join(tmpdir(), 'hermes-disk-'));
    const one = watch(join(parent, 'later'));
    await one.start();
    expect([one.space, one.level]).toEqual([null, 'ok']);
    await mkdir(join(parent, 'later'));
    await vi.waitFor(() => expect(one.space?.total).toBeGreaterThan(0), WAIT);
    one.close();
    await rm(parent, { recursive: true });
  });
});

describe('the use of a disk', () => {
  it('is a share of what may be used, and nothing where that is not known', () => {
    expect(usedPercent({ total: 100, used: 45, free: 45 })).toBe(50);
    expect(usedPercent({ total: 0, used: 0, free: 0 })).toBe(0);
  });
});
