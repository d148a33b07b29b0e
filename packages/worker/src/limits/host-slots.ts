import type { Keyspace } from '@hermes/contracts';
import type { Logger } from '@hermes/runtime';
import type { Redis } from 'ioredis';

/** How long one that waits is left alone at least, and for each that is ahead of it; who leaves wakes it earlier. */
const WAIT_MS = 5000;
const WAIT_STEP_MS = 1000;
const MAX_WAIT_MS = 60_000;
/** How long after that it keeps its place: its job may have to wait for a worker. */
const PLACE_MS = 15_000;

/**
 * KEYS 1 holders by the end of their lease · 2 who waits by rank · 3 who waits by when its place is given up
 * ARGV 1 download · 2 limit · 3 lease · 4 rank · 5 WAIT_MS · 6 WAIT_STEP_MS · 7 MAX_WAIT_MS · 8 PLACE_MS
 * Answers 0: it holds a slot; or how long it should wait, milliseconds. All times are those of Redis: one clock for all.
 */
const ENTER = `
local time = redis.call('TIME')
local now = time[1] * 1000 + math.floor(time[2] / 1000)
local id, limit, lease = ARGV[1], tonumber(ARGV[2]), tonumber(ARGV[3])
redis.call('ZREMRANGEBYSCORE', KEYS[1], '-inf', now)
for _, gone in ipairs(redis.call('ZRANGEBYSCORE', KEYS[3], '-inf', now)) do
  redis.call('ZREM', KEYS[2], gone)
  redis.call('ZREM', KEYS[3], gone)
end
if not redis.call('ZSCORE', KEYS[1], id) then
  redis.call('ZADD', KEYS[2], ARGV[4], id)
  local ahead = redis.call('ZRANK', KEYS[2], id)
  if ahead >= limit - redis.call('ZCARD', KEYS[1]) then
    local wait = math.min(ARGV[5] + ahead * ARGV[6], tonumber(ARGV[7]))
    redis.call('ZADD', KEYS[3], now + wait + ARGV[8], id)
    for i = 2, 3 do redis.call('PEXPIRE', KEYS[i], ARGV[7] + ARGV[8]) end
    return wait
  end
end
redis.call('ZREM', KEYS[2], id)
redis.call('ZREM', KEYS[3], id)
redis.call('ZADD', KEYS[1], now + lease, id)
redis.call('PEXPIRE', KEYS[1], lease)
return 0`;

/** KEYS 1 holders · 2 who waits. ARGV 1 download · 2 limit. Answers who may enter now. */
const LEAVE = `
redis.call('ZREM', KEYS[1], ARGV[1])
local free = ARGV[2] - redis.call('ZCARD', KEYS[1])
if free <= 0 then return {} end
return redis.call('ZRANGE', KEYS[2], 0, free - 1)`;

interface HostSlotsOptions {
  redis: Redis;
  keys: Keyspace;
  /** `HERMES_MAX_DOWNLOADS_PER_HOST` */
  limit: number;
  /** How long a slot stays taken without a sign of life, milliseconds. */
  leaseMs: number;
  /** Begins a download that waits. */
  wake(downloadId: string): Promise<unknown>;
  logger: Logger;
}

interface Visitor {
  downloadId: string;
  url: string;
  /** Lower goes first. */
  rank: number;
}

/**
 * How many downloads of a deployment are at one host at a time, over all workers. One that has to wait holds no worker
 * meanwhile; whoever leaves wakes the next by rank, and should that worker have died, the next asks again by itself.
 */
export class HostSlots {
  readonly #options: HostSlotsOptions;

  constructor(options: HostSlotsOptions) {
    this.#options = options;
  }

  /**
   * @returns how long to wait before asking again, milliseconds; or, with a slot, what gives it back.
   * @throws an ioredis error if Redis is away.
   */
  async enter(visitor: Visitor): Promise<{ waitMs: number } | { leave(): Promise<void> }> {
    const waitMs = await this.#take(visitor);
    if (waitMs > 0) return { waitMs };
    const renewing = setInterval(() => {
      // With Redis away nobody else is let in either.
      this.#take(visitor).catch(() => {});
    }, this.#options.leaseMs / 3);
    renewing.unref();
    return {
      leave: async () => {
        clearInterval(renewing);
        await this.#leave(visitor);
      },
    };
  }

  async #take({ downloadId, url, rank }: Visitor): Promise<number> {
    const { redis, limit, leaseMs } = this.#options;
    const places = [WAIT_MS, WAIT_STEP_MS, MAX_WAIT_MS, PLACE_MS];
    return Number(await redis.eval(ENTER, 3, ...this.#keys(url), downloadId, limit, leaseMs, rank, ...places));
  }

  async #leave({ downloadId, url }: Visitor): Promise<void> {
    const { redis, limit, wake, logger } = this.#options;
    const [holders, waiting] = this.#keys(url);
    try {
      const next = (await redis.eval(LEAVE, 2, holders, waiting, downloadId, limit)) as string[];
      await Promise.all(next.map(wake));
    } catch (error) {
      // The lease ends by itself, and who waits asks again.
      logger.warn({ err: error, download_id: downloadId }, 'The slot at a host could not be given back');
    }
  }

  #keys(url: string): [holders: string, waiting: string, places: string] {
    const { host } = new URL(url);
    const { keys } = this.#options;
    return [keys.host('holders', host), keys.host('waiting', host), keys.host('places', host)];
  }
}
