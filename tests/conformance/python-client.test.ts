import { resolve } from 'node:path';
import { findOnPath } from '@hermes/runtime';
import { afterAll, beforeAll, describe, expect, test, vi } from 'vitest';
import { ServiceProcess } from '../support/service-process.ts';
import { EventsService } from './events-service.ts';

const SCRIPT = resolve(import.meta.dirname, 'python-client.py');
const WAIT = { timeout: 30_000, interval: 50 };
const python = findOnPath(['python3']);

interface PrintedEvent {
  id: string | null;
  event: string;
  data: { recovered?: boolean; message?: string; reason?: string };
}

describe.skipIf(python === null)('a client in Python, written from docs/protocol.md alone', () => {
  let service: EventsService;
  let client: ServiceProcess | null = null;
  let told = 0;

  beforeAll(async () => {
    service = await EventsService.start();
  });
  afterAll(async () => {
    await client?.kill();
    await service?.close();
  });

  const printed = () =>
    (client?.output ?? '')
      .split('\n')
      .slice(0, -1)
      .map((line) => JSON.parse(line) as PrintedEvent);
  const facts = () => printed().filter(({ event, id }) => event === 'system_notification' && id !== null);
  const connections = () => printed().filter(({ event }) => event === 'connected');

  async function tell(count: number): Promise<void> {
    for (let n = 0; n < count; n++) {
      await service.publisher.publish('system_notification', { level: 'info', code: 'COUNT', message: String(told) });
      told += 1;
    }
  }

  test('misses no fact while the gateway is killed, stopped and started again', async () => {
    client = ServiceProcess.run(python ?? '', [SCRIPT, `${service.origin}/api/v1/events/stream`, service.key], {});
    await vi.waitFor(() => expect(connections()).toHaveLength(1), WAIT);
    await tell(20);
    await vi.waitFor(() => expect(facts()).toHaveLength(told), WAIT);

    for (const end of [() => service.kill(), () => service.stop()]) {
      const before = connections().length;
      // In the midst of it, and while there is nobody to tell.
      await Promise.all([tell(50), end()]);
      await tell(20);
      await service.run();
      await vi.waitFor(() => expect(connections().length).toBeGreaterThan(before), WAIT);
      await tell(20);
      await vi.waitFor(() => expect(facts().at(-1)?.data.message).toBe(String(told - 1)), WAIT);
    }

    expect(facts().map(({ data }) => Number(data.message))).toEqual(Array.from({ length: told }, (_, n) => n));
    expect(connections().map(({ data }) => data.recovered)).toEqual([false, true, true]);
    expect(
      printed()
        .filter(({ event }) => event === 'draining')
        .map(({ data }) => data.reason),
    ).toEqual(['shutdown']);
    expect(client.isRunning).toBe(true);
  });

  test('is told what it must begin again with, when the log is gone', async () => {
    const before = connections().length;
    await service.kill();
    await service.commands.del(service.redis.keys.epoch, service.redis.keys.seq, service.redis.keys.facts);
    await service.run();
    await vi.waitFor(() => expect(connections().length).toBeGreaterThan(before), WAIT);
    await vi.waitFor(() => expect(printed().at(-1)?.event).toBe('snapshot'), WAIT);
    expect(
      printed()
        .slice(-3)
        .map(({ event, data }) => [event, data.reason]),
    ).toEqual([
      ['connected', undefined],
      ['reset', 'epoch_changed'],
      ['snapshot', undefined],
    ]);
  });

  test('ends when it is told that its key is none', async () => {
    const stranger = ServiceProcess.run(
      python ?? '',
      [SCRIPT, `${service.origin}/api/v1/events/stream`, 'hermes_no'],
      {},
    );
    expect(await stranger.exited).toEqual({ code: 1, signal: null });
    expect(stranger.output).toContain('INVALID_CREDENTIAL');
  });
});
