import { setTimeout as delay } from 'node:timers/promises';
import { afterEach, describe, expect, test, vi } from 'vitest';
import { GatewayHarness, WAIT } from '../testing/gateway-harness.ts';

const EVENTS = '/api/v1/events';
const STREAM = `${EVENTS}/stream`;

let harness: GatewayHarness;
afterEach(() => harness.close());

/** As the API does it: null goes back to the environment's value. */
async function switchTo(value: boolean | null): Promise<void> {
  const { commands, keys } = harness;
  if (value === null) await commands.hdel(keys.switches, 'sse_enabled');
  else await commands.hset(keys.switches, 'sse_enabled', JSON.stringify(value));
  await commands.publish(keys.control, '{"type":"switches"}');
}

const untilEnabled = (gateways: GatewayHarness[], expected: boolean) =>
  vi.waitFor(async () => {
    for (const { origin } of gateways) {
      const health = await (await fetch(`${origin}${EVENTS}/health`)).json();
      expect(health.enabled).toBe(expected);
    }
  }, WAIT);

describe('switching streams at run time', () => {
  test('off: those of all gateways end and are told when to look again, new ones are refused; and on again', async () => {
    harness = await GatewayHarness.start();
    const other = await GatewayHarness.beside(harness);
    const streams = await Promise.all(
      Array.from({ length: 20 }, (_, n) => (n % 2 === 0 ? harness : other).open(n < 10 ? STREAM : `${EVENTS}/queue`)),
    );
    const test = await other.open(`${EVENTS}/test?interval_ms=60000`);
    await Promise.all(streams.map((stream) => stream.next('connected')));
    await switchTo(false);
    for (const stream of [...streams, test]) {
      const farewell = await stream.next('draining');
      expect(farewell.data).toEqual({ reason: 'disabled', retry_after_ms: stream.retry });
      await stream.ended;
      expect(stream.received.at(-1)?.event).toBe('draining');
    }
    // Not all in the same moment.
    expect(new Set(streams.map(({ retry }) => retry)).size).toBeGreaterThan(10);
    for (const each of [harness, other]) {
      const refused = await each.get(STREAM);
      expect([refused.status, (await refused.json()).code]).toEqual([503, 'SSE_DISABLED']);
      expect((await each.get(`${EVENTS}/test`)).status).toBe(503);
    }
    await untilEnabled([harness, other], false);
    await switchTo(true);
    await untilEnabled([harness, other], true);
    const again = await other.open(STREAM, { 'last-event-id': streams[0]?.lastEventId ?? '' });
    expect((await again.next('connected')).data.recovered).toBe(true);
  });

  test('goes before the environment, until it is taken back', async () => {
    harness = await GatewayHarness.start({ HERMES_ENABLE_SSE: 'false' });
    expect((await harness.get(STREAM)).status).toBe(503);
    await switchTo(true);
    await untilEnabled([harness], true);
    // A gateway that starts later finds it so.
    const later = await GatewayHarness.beside(harness, { HERMES_ENABLE_SSE: 'false' });
    const stream = await later.open(STREAM);
    await stream.next('connected');
    await switchTo(null);
    expect((await stream.next('draining')).data).toMatchObject({ reason: 'disabled' });
    await untilEnabled([harness, later], false);
  });

  test('is noticed although the message was missed: after a reconnection it is read again', async () => {
    harness = await GatewayHarness.start();
    const stream = await harness.open(STREAM);
    await stream.next('connected');
    await harness.commands.hset(harness.keys.switches, 'sse_enabled', 'false');
    await delay(100);
    expect(stream.isEnded).toBe(false);
    await harness.redis.stop();
    await stream.next('system_notification', { code: 'REDIS_UNAVAILABLE' });
    await harness.redis.restart();
    expect((await stream.next('draining')).data).toMatchObject({ reason: 'disabled' });
  });

  test('does not survive a flush: then the value of the environment holds', async () => {
    harness = await GatewayHarness.start();
    await harness.createDownload('one');
    await switchTo(false);
    await untilEnabled([harness], false);
    await harness.commands.flushall();
    await harness.createDownload('two');
    await untilEnabled([harness], true);
  });

  test('what is being opened meanwhile is refused, not broken off', async () => {
    harness = await GatewayHarness.start();
    const opening = Promise.all(Array.from({ length: 20 }, () => harness.open(STREAM)));
    await vi.waitFor(() => expect(harness.gateway.activeConnections).toBeGreaterThan(0), { ...WAIT, interval: 1 });
    await switchTo(false);
    for (const stream of await opening) {
      if (stream.response.status === 200) await stream.next('draining', { reason: 'disabled' });
      else expect(stream.response.status).toBe(503);
    }
    await vi.waitFor(() => expect(harness.gateway.activeConnections).toBe(0), WAIT);
  });

  test('nonsense in Redis switches nothing', async () => {
    harness = await GatewayHarness.start();
    const stream = await harness.open(STREAM);
    await harness.commands.hset(harness.keys.switches, 'sse_enabled', '"perhaps"');
    await harness.commands.publish(harness.keys.control, '{"type":"switches"}');
    await harness.createDownload('one');
    await stream.next('download_status');
    expect(stream.isEnded).toBe(false);
  });
});
