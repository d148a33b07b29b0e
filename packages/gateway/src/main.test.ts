import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { connect } from 'node:net';
import { afterAll, beforeAll, describe, expect, test, vi } from 'vitest';
import { GatewayHarness, WAIT } from './testing/gateway-harness.ts';

const MAIN = new URL('./main.ts', import.meta.url).pathname;

describe('the events service as a process', () => {
  let harness: GatewayHarness;
  beforeAll(async () => {
    harness = await GatewayHarness.start();
  });
  afterAll(() => harness.close());

  function start(env: Record<string, string>): {
    child: ChildProcess;
    output: () => string;
    ended: Promise<number | null>;
  } {
    const child = spawn(process.execPath, [MAIN], { env: { PATH: process.env.PATH, ...env }, stdio: 'pipe' });
    let output = '';
    for (const stream of [child.stdout, child.stderr]) stream?.on('data', (text) => (output += text));
    return { child, output: () => output, ended: once(child, 'close').then(([code]) => code as number | null) };
  }

  test('listens, and ends by itself after SIGTERM', async () => {
    const { child, output, ended } = start({
      HERMES_REDIS_URL: harness.redis.url,
      EVENTS_PORT: '0',
      HERMES_DRAIN_SECONDS: '0',
    });
    await vi.waitFor(() => expect(output()).toContain('Listening'), WAIT);
    child.kill('SIGTERM');
    expect(await ended).toBe(0);
  });

  test('says in one line what is wrong, and ends', async () => {
    const withoutRedis = start({});
    expect(await withoutRedis.ended).toBe(2);
    expect(withoutRedis.output()).toMatch(/^HERMES_REDIS_URL=.*\n$/);
    const taken = start({ HERMES_REDIS_URL: harness.redis.url, EVENTS_PORT: new URL(harness.origin).port });
    expect(await taken.ended).toBe(1);
    expect(taken.output()).toContain('EADDRINUSE');
  });
});

test('a connection held in reserve does not hold up the stop', async () => {
  const harness = await GatewayHarness.start();
  const { hostname, port } = new URL(harness.origin);
  const socket = connect({ host: hostname, port: Number(port) });
  await once(socket, 'connect');
  const closed = once(socket, 'close');
  await harness.close();
  await closed;
});
