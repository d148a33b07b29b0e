import { type ChildProcess, spawn, spawnSync } from 'node:child_process';
import { once } from 'node:events';
import { readFile } from 'node:fs/promises';
import { connect, type Socket } from 'node:net';
import { resolve } from 'node:path';
import { afterEach, expect, test, vi } from 'vitest';
import { TestRedis } from '../../../../tests/support/test-redis.ts';
import { GatewayHarness, TEST_KEY, WAIT } from '../testing/gateway-harness.ts';

const STREAM = '/api/v1/events/stream';
const VANISHING_CLIENT = resolve(import.meta.dirname, '../testing/vanishing-client.ts');
/** Whether this machine lets us have a network of our own, whose cable can be pulled. */
const hasNetworks = spawnSync('unshare', ['--map-root-user', '--net', 'ip', 'link', 'set', 'lo', 'up']).status === 0;

let harness: GatewayHarness | undefined;
let redis: TestRedis | undefined;
let child: ChildProcess | undefined;
let socket: Socket | undefined;
afterEach(async () => {
  socket?.destroy();
  child?.kill('SIGKILL');
  await Promise.all([harness?.close(), redis?.close()]);
  harness = redis = child = socket = undefined;
});

// Nothing comes from the client any more, no FIN and no RST. That the kernel gives up sooner than usual is set in there.
test.skipIf(!hasNetworks)(
  'a client that is gone without a word is found out by a heartbeat',
  async () => {
    redis = await TestRedis.start();
    const args = ['--map-root-user', '--net', process.execPath, VANISHING_CLIENT, redis.url];
    child = spawn('unshare', args, { stdio: ['ignore', 'pipe', 'inherit'] });
    let answer = '';
    child.stdout?.on('data', (text) => {
      answer += text;
    });
    const [code] = await once(child, 'close');
    expect(code).toBe(0);
    // Milliseconds; null: not found out. Without heartbeats it would be TCP keep-alive, after 40 s.
    expect(JSON.parse(answer)).toBeGreaterThan(0);
  },
  60_000,
);

test.skipIf(process.platform !== 'linux')(
  'while there is nothing to send TCP asks whether the client is there',
  async () => {
    harness = await GatewayHarness.start();
    const port = Number(new URL(harness.origin).port);
    socket = connect({ host: '127.0.0.1', port });
    socket.write(`GET ${STREAM} HTTP/1.1\r\nHost: localhost\r\nAuthorization: Bearer ${TEST_KEY}\r\n\r\n`);
    await once(socket, 'data');
    const [server, client] = [port, socket.localPort ?? 0].map((each) =>
      each.toString(16).toUpperCase().padStart(4, '0'),
    );
    await vi.waitFor(async () => {
      const lines = (await readFile('/proc/net/tcp', 'utf8')).split('\n').map((line) => line.trim().split(/\s+/));
      const ours = lines.find(([, local, remote]) => local?.endsWith(`:${server}`) && remote?.endsWith(`:${client}`));
      // Of the columns `tr` and `tm->when`: a keep-alive timer, and in how many hundredths of a second it is due.
      const [kind, due] = (ours?.[5] ?? '').split(':');
      expect(kind).toBe('02');
      expect(Number.parseInt(due ?? '', 16)).toBeLessThanOrEqual(3000);
    }, WAIT);
  },
);

test('a client that is frozen takes nothing, and is ended by the time limit once data wait for it', async () => {
  harness = await GatewayHarness.start({ HERMES_SSE_MAX_BUFFER: '1000000000', HERMES_SSE_SLOW_TIMEOUT: '1' });
  const { gateway, publisher } = harness;
  // Not compressed: what follows would fit into the buffers of the kernel.
  const program = `const headers = { 'x-api-key': process.argv[2], 'accept-encoding': 'identity' };
    const { body } = await fetch(process.argv[1], { headers });
    for await (const _ of body) process.stdout.write('.');`;
  child = spawn(process.execPath, ['--input-type=module', '--eval', program, harness.origin + STREAM, TEST_KEY], {
    stdio: 'pipe',
  });
  if (child.stdout === null) throw new Error('No output');
  await once(child.stdout, 'data');
  expect(gateway.activeConnections).toBe(1);
  child.kill('SIGSTOP');
  const message = 'x'.repeat(60_000);
  for (let n = 0; n < 200; n++) await publisher.publish('system_notification', { level: 'info', code: 'BIG', message });
  await vi.waitFor(() => expect(gateway.activeConnections).toBe(0), WAIT);
  const endings = harness.logLines.map((line) => JSON.parse(line)).filter(({ reason }) => reason !== undefined);
  expect(endings).toMatchObject([{ reason: 'slow', key_name: 'test' }]);
});
