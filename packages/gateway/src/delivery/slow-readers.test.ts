import { connect, type Socket } from 'node:net';
import { afterEach, describe, expect, test, vi } from 'vitest';
import { metricValue } from '../../../../tests/support/metric-samples.ts';
import { GatewayHarness, TEST_KEY, WAIT } from '../testing/gateway-harness.ts';

const STREAM = '/api/v1/events/stream';

describe('a reader that never reads', () => {
  let harness: GatewayHarness;
  let socket: Socket | undefined;
  afterEach(async () => {
    socket?.destroy();
    await harness.close();
  });

  /** Asks for a stream and takes nothing of it. */
  function openWithoutReading(path: string, lastEventId = ''): Socket {
    const { hostname, port } = new URL(harness.origin);
    const opened = connect({ host: hostname, port: Number(port) });
    opened.on('error', () => {});
    opened.pause();
    opened.write(
      `GET ${path} HTTP/1.1\r\nHost: ${hostname}\r\nAuthorization: Bearer ${TEST_KEY}\r\nLast-Event-ID: ${lastEventId}\r\n\r\n`,
    );
    socket = opened;
    return opened;
  }

  const notify = (message: string, size = 60_000) =>
    harness.publisher.publish('system_notification', {
      level: 'info',
      code: 'BIG',
      message: `${message} ${'x'.repeat(size)}`,
    });

  const slowEndings = () =>
    harness.logLines.map((line) => JSON.parse(line)).filter(({ msg }) => msg.includes('its reader is too slow'));

  test('is ended by the cap and named in the log, while another reader sees everything in order', async () => {
    harness = await GatewayHarness.start({ HERMES_SSE_MAX_BUFFER: '65536', HERMES_SSE_SLOW_TIMEOUT: '3600' });
    openWithoutReading(STREAM);
    await vi.waitFor(() => expect(harness.gateway.activeConnections).toBe(1), WAIT);
    const good = await harness.open(STREAM);
    let told = 0;
    // What the kernel takes for it hides it for some megabytes.
    while (harness.gateway.activeConnections === 2 && told < 2000) {
      told += 1;
      await notify(String(told));
    }
    await vi.waitFor(() => expect(slowEndings()).toHaveLength(1), WAIT);
    const [ending] = slowEndings();
    expect(ending).toMatchObject({ reason: 'overflow', key_name: 'test', address: '127.0.0.1' });
    await notify('last', 0);
    await good.next('system_notification', { message: 'last ' });
    const numbers = good.received
      .filter(({ event }) => event === 'system_notification')
      .map(({ data }) => String(data.message).split(' ')[0]);
    expect(numbers).toEqual([...Array.from({ length: told }, (_, index) => String(index + 1)), 'last']);
    expect(harness.gateway.activeConnections).toBe(1);
    const ended = metricValue(await harness.scrape(), 'hermes_gateway_connections_ended_total', { reason: 'overflow' });
    expect(ended).toBe(1);
  });

  test('is counted by what waits for it, and by what newer states have replaced', async () => {
    harness = await GatewayHarness.start({ HERMES_SSE_MAX_BUFFER: '1000000000', HERMES_SSE_SLOW_TIMEOUT: '3600' });
    await harness.createDownload('one');
    await harness.publisher.claimAttempt('one', {});
    openWithoutReading(STREAM);
    await vi.waitFor(() => expect(harness.gateway.activeConnections).toBe(1), WAIT);
    const measured = async (name: string) => metricValue(await harness.scrape(), `hermes_gateway_${name}`) ?? 0;
    while ((await measured('queued_events')) === 0) for (let n = 0; n < 20; n++) await notify(String(n));
    for (const percent of [1, 2, 3]) await harness.progress('one', percent);
    await harness.settled();
    await vi.waitFor(async () => expect(await measured('conflated_total')).toBeGreaterThan(0), WAIT);
    expect(await measured('queued_events')).toBe(await measured('queued_events_max'));
  });

  test('is ended by the time limit when there is too little for the cap', async () => {
    harness = await GatewayHarness.start({ HERMES_SSE_MAX_BUFFER: '1000000000', HERMES_SSE_SLOW_TIMEOUT: '1' });
    openWithoutReading(STREAM);
    await vi.waitFor(() => expect(harness.gateway.activeConnections).toBe(1), WAIT);
    for (let n = 0; n < 200; n++) await notify(String(n));
    await vi.waitFor(() => expect(slowEndings()).toMatchObject([{ reason: 'slow', key_name: 'test' }]), WAIT);
    expect(slowEndings()[0].queued).toBeGreaterThan(0);
    await vi.waitFor(() => expect(harness.gateway.activeConnections).toBe(0), WAIT);
  });

  test('is ended also while it is still being told what it missed', async () => {
    harness = await GatewayHarness.start({ HERMES_SSE_SLOW_TIMEOUT: '1' });
    await harness.createDownload('one');
    for (let n = 0; n < 150; n++) await notify(String(n));
    await harness.settled();
    openWithoutReading(STREAM, `${harness.context.hub.position.epoch}:1`);
    await vi.waitFor(() => expect(harness.gateway.activeConnections).toBe(1), WAIT);
    await vi.waitFor(() => expect(slowEndings()).toMatchObject([{ reason: 'slow' }]), WAIT);
    await vi.waitFor(() => expect(harness.gateway.activeConnections).toBe(0), WAIT);
    expect(harness.context.wheel.size).toBe(0);
  });
});
