import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { serveFile, TestOrigin, testBytes } from '../../../../tests/support/test-origin.ts';
import { WorkerHarness } from '../fixtures/worker-harness.ts';
import { HostSlots } from './host-slots.ts';

describe('the limit of downloads per host', () => {
  let harness: WorkerHarness;
  let origin: TestOrigin;
  let running: number;
  let most: number;
  let order: string[];
  let open: (() => void)[];

  beforeEach(async () => {
    [harness, origin] = await Promise.all([WorkerHarness.start(), TestOrigin.start()]);
    [running, most, order, open] = [0, 0, [], []];
  });
  afterEach(async () => {
    for (const go of open) go();
    await origin.close();
    await harness.close();
  });

  /** Answers when the test says so. */
  function gated(name: string): string {
    origin.on(`/${name}`, async (_request, response) => {
      running += 1;
      most = Math.max(most, running);
      order.push(name);
      await new Promise<void>((done) => open.push(done));
      running -= 1;
      response.end('bytes');
    });
    return origin.url(`/${name}`);
  }

  it('holds over all workers; who waits holds no worker, uses no try, and goes in the order of the queue', async () => {
    const other = await TestOrigin.start();
    other.on('/free', serveFile(testBytes(1000)));
    const limited = { HERMES_MAX_DOWNLOADS_PER_HOST: '1', HERMES_CONCURRENCY: '1' };
    await Promise.all([harness.startWorker(limited), harness.startWorker(limited)]);
    const ids = ['a', 'b', 'c', 'd'];
    await harness.enqueue({ download_id: 'a', url: gated('a') });
    await expect.poll(() => order).toEqual(['a']);
    for (const id of ids.slice(1)) {
      await harness.enqueue({ download_id: id, url: gated(id) });
      await expect.poll(async () => (await harness.queue.getJob(id))?.isDelayed()).toBe(true);
    }
    // One worker is busy at the first host; the other is free, although three wait.
    await harness.enqueue({ download_id: 'free', url: other.url('/free') });
    expect((await harness.untilFinal('free')).status).toBe('completed');
    expect(await harness.read('b')).toMatchObject({ status: 'queued', attempt: 0 });
    for (const id of ids) {
      await expect.poll(() => open.length, { timeout: 20_000 }).toBe(ids.indexOf(id) + 1);
      open.at(-1)?.();
      expect(await harness.untilFinal(id)).toMatchObject({ status: 'completed', attempt: 1 });
    }
    expect(most).toBe(1);
    expect(order).toEqual(ids);
    await other.close();
  });

  function slots(limit: number, woken: string[] = []): HostSlots {
    return new HostSlots({
      redis: harness.commands,
      keys: harness.redis.keys,
      limit,
      leaseMs: 60_000,
      wake: async (id) => void woken.push(id),
      logger: { warn: () => {} } as never,
    });
  }
  const at = (downloadId: string, rank: number, host = 'a.example') => ({ downloadId, rank, url: `https://${host}/x` });

  it('lets nobody overtake, counts each host by itself, and wakes whoever is next', async () => {
    const woken: string[] = [];
    const hosts = slots(1, woken);
    const first = await hosts.enter(at('first', 5));
    expect(first).toHaveProperty('leave');
    // Again, as after a crash: it is its own slot.
    expect(await hosts.enter(at('first', 5))).toHaveProperty('leave');
    expect(await hosts.enter(at('late', 9))).toEqual({ waitMs: 5000 });
    expect(await hosts.enter(at('early', 1))).toEqual({ waitMs: 5000 });
    expect(await hosts.enter(at('late', 9))).toEqual({ waitMs: 6000 });
    expect(await hosts.enter(at('elsewhere', 9, 'a.example:8080'))).toHaveProperty('leave');
    if ('leave' in first) await first.leave();
    expect(woken).toEqual(['early']);
    expect(await hosts.enter(at('late', 9))).toHaveProperty('waitMs');
    expect(await hosts.enter(at('new', 7))).toHaveProperty('waitMs');
    expect(await hosts.enter(at('early', 1))).toHaveProperty('leave');
  });

  it('takes the slot of a worker that has died, and the place of one that waits no more', async () => {
    const held = await slots(1).enter(at('dead', 1));
    const hosts = slots(1);
    expect(await hosts.enter(at('gone', 1))).toHaveProperty('waitMs');
    const { keys } = harness.redis;
    // As if their time had come.
    await harness.commands.zadd(keys.host('holders', 'a.example'), 1, 'dead');
    await harness.commands.zadd(keys.host('places', 'a.example'), 1, 'gone');
    expect(await hosts.enter(at('next', 2))).toHaveProperty('leave');
    if ('leave' in held) await held.leave();
  });

  it('leaves nothing in Redis', async () => {
    const hosts = slots(1);
    const slot = await hosts.enter(at('one', 1));
    await hosts.enter(at('two', 2));
    for (const name of await harness.commands.keys('*host*')) {
      expect(await harness.commands.pttl(name), name).toBeGreaterThan(0);
    }
    if ('leave' in slot) await slot.leave();
    expect(await harness.commands.exists(harness.redis.keys.host('holders', 'a.example'))).toBe(0);
  });
});
