import { connect } from 'node:net';
import { setTimeout as delay } from 'node:timers/promises';
import { afterEach, describe, expect, test, vi } from 'vitest';
import { GatewayHarness, TEST_KEY, WAIT } from '../testing/gateway-harness.ts';

const EVENTS = '/api/v1/events';
const STREAM = `${EVENTS}/stream`;

let harness: GatewayHarness;
afterEach(() => harness.close());

/** Nothing is held for anybody any more. */
async function expectNothingHeld(): Promise<void> {
  const { connections, hub, wheel } = harness.context;
  await vi.waitFor(() => {
    expect({ streams: connections.size, groups: hub.groupCount, beating: wheel.size }).toEqual({
      streams: 0,
      groups: 0,
      beating: 0,
    });
  }, WAIT);
}

describe('a gateway that stops', () => {
  test('takes no new stream, and closes those that are open spread over the window, each with a time of its own', async () => {
    harness = await GatewayHarness.start({ HERMES_DRAIN_SECONDS: '2' });
    const streams = await Promise.all(Array.from({ length: 20 }, () => harness.open(STREAM)));
    const endless = await harness.open(`${EVENTS}/test?count=1000&interval_ms=60000`);
    await Promise.all(streams.map((stream) => stream.next('connected')));
    const ends: number[] = [];
    for (const stream of streams) void stream.ended.then(() => ends.push(performance.now()));
    const drained = harness.gateway.drain();
    const refused = await harness.get(STREAM);
    expect([refused.status, (await refused.json()).code]).toEqual([503, 'SHUTTING_DOWN']);
    expect(Number(refused.headers.get('retry-after'))).toBeGreaterThan(0);
    await drained;
    await Promise.all([...streams, endless].map((stream) => stream.ended));
    const retries = streams.map(({ retry, received }) => {
      expect(received.at(-1)).toMatchObject({ event: 'draining', data: { reason: 'shutdown', retry_after_ms: retry } });
      return retry;
    });
    expect(new Set(retries).size).toBeGreaterThan(10);
    expect(Math.max(...ends) - Math.min(...ends)).toBeGreaterThan(1000);
    await expectNothingHeld();
  });

  test('does not wait for a reader that takes nothing', async () => {
    harness = await GatewayHarness.start();
    const { hostname, port } = new URL(harness.origin);
    const socket = connect({ host: hostname, port: Number(port) }).on('error', () => {});
    socket.pause();
    socket.write(`GET ${STREAM} HTTP/1.1\r\nHost: localhost\r\nAuthorization: Bearer ${TEST_KEY}\r\n\r\n`);
    await vi.waitFor(() => expect(harness.gateway.activeConnections).toBe(1), WAIT);
    for (let n = 0; n < 100; n++) {
      const message = 'x'.repeat(60_000);
      await harness.publisher.publish('system_notification', { level: 'info', code: 'BIG', message });
    }
    await harness.gateway.drain();
    await expectNothingHeld();
    socket.destroy();
  });

  test('refuses what is still being opened, instead of breaking it off', async () => {
    harness = await GatewayHarness.start();
    const opening = Promise.all(Array.from({ length: 20 }, () => harness.open(STREAM)));
    await vi.waitFor(() => expect(harness.gateway.activeConnections).toBeGreaterThan(0), { ...WAIT, interval: 1 });
    await harness.gateway.drain();
    for (const stream of await opening) {
      if (stream.response.status === 200) await stream.next('draining');
      else expect(stream.response.status).toBe(503);
    }
  });
});

test('a stream ends at its maximum age, and can be gone on from', async () => {
  harness = await GatewayHarness.start({ HERMES_SSE_MAX_AGE: '1' });
  const stream = await harness.open(STREAM);
  expect((await stream.next('draining')).data).toMatchObject({ reason: 'max_age' });
  await stream.ended;
  const again = await harness.open(STREAM, { 'last-event-id': stream.lastEventId ?? '' });
  expect((await again.next('connected')).data.recovered).toBe(true);
});

test('clients that leave at any stage leave nothing behind', async () => {
  harness = await GatewayHarness.start({}, { frames: 3, bytes: 1e6 });
  for (let n = 0; n < 20; n++) await harness.createDownload(`d${n}`);
  await harness.settled();
  const { epoch } = harness.context.hub.position;
  const { hostname, port } = new URL(harness.origin);
  const paths = [
    STREAM,
    `${STREAM}?interval_ms=250`,
    `${EVENTS}/downloads/d1`,
    `${EVENTS}/test`,
    `${EVENTS}/downloads/nobody`,
  ];
  const unhandled = vi.fn();
  process.on('unhandledRejection', unhandled);
  try {
    const clients = Array.from({ length: 100 }, async (_, n) => {
      const socket = connect({ host: hostname, port: Number(port) }).on('error', () => {});
      socket.write(
        `GET ${paths[n % paths.length]} HTTP/1.1\r\nHost: localhost\r\nAuthorization: Bearer ${TEST_KEY}\r\n` +
          `${n % 2 === 0 ? `Last-Event-ID: ${epoch}:1\r\n` : ''}\r\n`,
      );
      await delay(n / 5);
      if (n % 3 === 0) socket.resetAndDestroy();
      else if (n % 3 === 1) socket.destroy();
      else socket.end();
    });
    for (let n = 0; n < 20; n++) await harness.createDownload(`more${n}`);
    await Promise.all(clients);
    await expectNothingHeld();
    expect(unhandled).not.toHaveBeenCalled();
    expect(harness.logLines.filter((line) => JSON.parse(line).level >= 50)).toEqual([]);
  } finally {
    process.off('unhandledRejection', unhandled);
  }
});

test('a client that is gone before its key was looked up leaves nothing behind', async () => {
  harness = await GatewayHarness.start();
  const { hostname, port } = new URL(harness.origin);
  // Redis answers late, so that the client is gone first.
  await harness.commands.call('CLIENT', 'PAUSE', '300', 'ALL');
  const socket = connect({ host: hostname, port: Number(port) }).on('error', () => {});
  socket.write(`GET ${STREAM} HTTP/1.1\r\nHost: localhost\r\nAuthorization: Bearer ${TEST_KEY}\r\n\r\n`);
  await delay(50);
  socket.resetAndDestroy();
  await harness.commands.ping();
  await delay(50);
  await expectNothingHeld();
});
