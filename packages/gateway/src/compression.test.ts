import { request } from 'node:http';
import { afterEach, describe, expect, it } from 'vitest';
import { GatewayHarness, TEST_KEY } from './testing/gateway-harness.ts';

const STREAM = '/api/v1/events/stream';
let harness: GatewayHarness;
afterEach(() => harness.close());

/** Bytes on the wire and headers, decoded by nobody. */
function openRaw(path: string, acceptEncoding: string) {
  const received: Buffer[] = [];
  const call = request(`${harness.origin}${path}`, {
    headers: { authorization: `Bearer ${TEST_KEY}`, 'accept-encoding': acceptEncoding },
    agent: false,
  });
  const response = new Promise<NodeJS.Dict<string | string[]>>((done, fail) => {
    call.once('error', fail);
    call.once('response', (answer) => {
      answer.on('data', (chunk: Buffer) => received.push(chunk));
      answer.on('error', () => {});
      done(answer.headers);
    });
  });
  call.end();
  return { response, size: () => Buffer.concat(received).length, hangUp: () => call.destroy() };
}

describe('a compressed stream', () => {
  it.each(['gzip', 'zstd'])('of %s brings every event at once', async (coding) => {
    harness = await GatewayHarness.start();
    await harness.createDownload('one');
    await harness.publisher.claimAttempt('one', {});
    // The client's own decoder is the one of Node's fetch.
    const stream = await harness.open(STREAM, { 'accept-encoding': coding });
    expect(stream.response.headers.get('content-encoding')).toBe(coding);
    expect(stream.response.headers.get('vary')).toContain('Accept-Encoding');
    await stream.next('snapshot');
    for (let percent = 1; percent <= 20; percent++) {
      await harness.progress('one', percent);
      const event = await stream.next('download_progress');
      expect(event.data.progress).toBe(percent);
    }
  });

  it('is not given to whoever does not ask, and not to more than the budget allows', async () => {
    harness = await GatewayHarness.start({ HERMES_SSE_COMPRESS_MAX_CONNECTIONS: '1' });
    const plain = openRaw(STREAM, 'identity');
    expect((await plain.response)['content-encoding']).toBeUndefined();
    const first = openRaw(STREAM, 'gzip');
    expect((await first.response)['content-encoding']).toBe('gzip');
    const second = openRaw(STREAM, 'gzip');
    const headers = await second.response;
    expect(headers['content-encoding']).toBeUndefined();
    expect(headers.vary).toContain('Accept-Encoding');

    first.hangUp();
    // Its place is free again when the server has seen that it left.
    await expect.poll(() => harness.gateway.activeConnections).toBe(2);
    const third = openRaw(STREAM, 'gzip');
    expect((await third.response)['content-encoding']).toBe('gzip');
    for (const raw of [plain, second, third]) raw.hangUp();
  });

  it('takes a fraction of the bytes', async () => {
    harness = await GatewayHarness.start();
    const [plain, compressed] = [openRaw(STREAM, 'identity'), openRaw(STREAM, 'gzip')];
    await Promise.all([plain.response, compressed.response]);
    await harness.createDownload('one');
    await harness.publisher.claimAttempt('one', {});
    const watcher = await harness.open(STREAM);
    for (let percent = 1; percent <= 99; percent++) {
      await harness.progress('one', percent);
      await watcher.next('download_progress');
    }
    await expect.poll(() => plain.size()).toBeGreaterThan(99 * 150);
    expect(compressed.size()).toBeLessThan(plain.size() / 4);
    for (const raw of [plain, compressed]) raw.hangUp();
  });

  it('ends with its farewell, whole', async () => {
    harness = await GatewayHarness.start();
    const stream = await harness.open(STREAM, { 'accept-encoding': 'gzip' });
    await stream.next('snapshot');
    await harness.gateway.drain();
    const farewell = await stream.next('draining');
    expect(farewell.data.reason).toBe('shutdown');
    await stream.ended;
  });

  it('of a reader that never reads is ended as slow, and costs the others nothing', async () => {
    harness = await GatewayHarness.start({ HERMES_SSE_MAX_BUFFER: '16384', HERMES_SSE_SLOW_TIMEOUT: '1' });
    const call = request(`${harness.origin}${STREAM}`, {
      headers: { authorization: `Bearer ${TEST_KEY}`, 'accept-encoding': 'gzip' },
      agent: false,
    });
    call.once('response', (response) => response.pause());
    call.on('error', () => {});
    call.end();
    await expect.poll(() => harness.gateway.activeConnections).toBe(1);
    // What hardly compresses fills the socket, the compressor and the queue.
    const noise = () => Array.from({ length: 2000 }, () => Math.random().toString(36).slice(2)).join('');
    await expect
      .poll(
        async () => {
          for (let n = 0; n < 40; n++) {
            await harness.publisher.publish('system_notification', { level: 'info', code: 'NOISE', message: noise() });
          }
          return harness.logLines.some((line) => line.includes('too slow'));
        },
        { timeout: 20_000 },
      )
      .toBe(true);
    await expect.poll(() => harness.gateway.activeConnections).toBe(0);
    call.destroy();
  });
});
