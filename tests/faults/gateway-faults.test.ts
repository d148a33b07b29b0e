import { resolve } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { keyspace } from '@hermes/contracts';
import { Publisher } from '@hermes/event-log';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { copyData, syncAlways } from '../../packages/event-log/src/fixtures/data-copy.ts';
import { TestRedis } from '../support/test-redis.ts';
import { GatewayProcess } from './gateway-process.ts';
import { ReturningClient } from './returning-client.ts';

const WAIT = { timeout: 60_000, interval: 100 };
const CLOCK = resolve(import.meta.dirname, 'stepping-clock.mjs');

describe('the events service as a process', () => {
  let redis: TestRedis;
  let gateway: GatewayProcess;
  let clients: ReturningClient[];

  beforeEach(async () => {
    clients = [];
    redis = await TestRedis.start();
    await syncAlways(redis);
  });
  afterEach(async () => {
    for (const client of clients) client.close();
    await gateway?.kill();
    await redis.close();
  });

  async function open(count: number): Promise<void> {
    for (let n = 0; n < count; n++) clients.push(new ReturningClient(gateway.stream()));
    await vi.waitFor(() => {
      for (const client of clients) expect(client.lastId).toBeDefined();
    }, WAIT);
  }

  /** Publishes from..to, each once: what Redis did not answer is asked again only if it is not there. */
  async function publish(from: number, to: number, at: Record<number, () => unknown> = {}): Promise<string[]> {
    const publisher = new Publisher(await redis.connect('commands'), keyspace(''));
    for (let n = from; n <= to; n++) {
      await publisher.publish('system_notification', { level: 'info', code: 'LOAD', message: String(n) });
      await delay(4);
      await at[n]?.();
    }
    return numbers(from, to);
  }

  async function expectEachOnce(expected: readonly string[]): Promise<void> {
    for (const { facts } of clients) {
      await vi.waitFor(() => expect(facts.length).toBeGreaterThanOrEqual(expected.length), WAIT);
    }
    for (const { facts, disordered } of clients) {
      expect(facts).toEqual(expected);
      expect(disordered).toEqual([]);
    }
  }

  it('killed -9 under load, then all of 1,000 clients break off in the middle of a frame at once', async () => {
    gateway = await GatewayProcess.start(redis);
    const files = gateway.openFiles;
    await open(1000);
    const expected = await publish(1, 300, {
      75: () => gateway.kill(),
      100: () => gateway.run(),
      200: () => {
        for (const client of clients) client.breakOff();
      },
    });
    await expectEachOnce(expected);
    for (const { resets, opened } of clients) {
      expect(resets).toEqual([]);
      expect(opened).toBeGreaterThanOrEqual(3);
    }
    for (const client of clients) client.close();
    await vi.waitFor(async () => expect(await gateway.activeConnections()).toBe(0), WAIT);
    await vi.waitFor(() => expect(gateway.openFiles).toBeLessThanOrEqual(files + 5), WAIT);
  });

  it('loses nothing while Redis is killed -9 and started again', async () => {
    gateway = await GatewayProcess.start(redis);
    await open(20);
    await publish(1, 100);
    await redis.kill();
    await redis.restart();
    await publish(101, 200);
    await expectEachOnce(numbers(1, 200));
    for (const { resets, opened } of clients) {
      expect(resets).toEqual([]);
      // Streams stay open while Redis is away.
      expect(opened).toBe(1);
    }
  });

  it('tells everyone when an older dump was restored, and goes on in order', async () => {
    gateway = await GatewayProcess.start(redis);
    await open(20);
    await publish(1, 50);
    const copy = await copyData(redis);
    await publish(51, 100);
    await expectEachOnce(numbers(1, 100));
    await copy.restore();
    await copy.remove();
    // Past where the log had stood: a sequence number says nothing any more.
    await publish(1001, 1100);
    await expectEachOnce([...numbers(1, 100), ...numbers(1001, 1100)]);
    for (const { resets } of clients) expect(resets).toEqual(['epoch_changed']);
    const late = new ReturningClient(gateway.stream());
    clients.push(late);
    await vi.waitFor(() => expect(late.lastId).toBeDefined(), WAIT);
    expect(late.lastId?.split(':')[0]).toBe(clients[0]?.lastId?.split(':')[0]);
  });

  it('tells everyone when Redis was flushed, and goes on in order', async () => {
    gateway = await GatewayProcess.start(redis);
    await open(20);
    await publish(1, 100);
    await expectEachOnce(numbers(1, 100));
    await (await redis.connect('commands')).flushall();
    await publish(1001, 1100);
    await expectEachOnce([...numbers(1, 100), ...numbers(1001, 1100)]);
    for (const { resets } of clients) expect(resets).toEqual(['epoch_changed']);
  });

  it('goes on when the clock steps an hour back', async () => {
    gateway = await GatewayProcess.start(redis, {
      NODE_OPTIONS: `--import ${CLOCK}`,
      HERMES_SSE_HEARTBEAT_INTERVAL: '1',
    });
    await open(20);
    await publish(1, 100);
    gateway.signal('SIGUSR2');
    await publish(101, 150);
    for (const client of clients.slice(10)) client.breakOff();
    await publish(151, 200);
    await expectEachOnce(numbers(1, 200));
    // Heartbeats go on as well, and say that the step was felt.
    for (const client of clients) {
      await vi.waitFor(() => expect(client.serverTime).toBeLessThan(Date.now() - 3_000_000), WAIT);
    }
    for (const { resets } of clients) expect(resets).toEqual([]);
    for (const { opened } of clients.slice(0, 10)) expect(opened).toBe(1);
  });
});

function numbers(from: number, to: number): string[] {
  return Array.from({ length: to - from + 1 }, (_, index) => String(from + index));
}
