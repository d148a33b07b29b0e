import { type ChildProcess, spawn } from 'node:child_process';
import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { createServer, type Server } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { TestRedis } from '../../../tests/support/test-redis.ts';
import { eventually } from './testing/eventually.ts';

let redis: TestRedis;
let home: string;
const started: ChildProcess[] = [];

beforeAll(async () => {
  redis = await TestRedis.start();
  home = await mkdtemp(join(tmpdir(), 'hermes-api-'));
});

afterAll(async () => {
  for (const child of started) child.kill('SIGKILL');
  await redis.close();
  await rm(home, { recursive: true, force: true });
});

function start(env: Record<string, string>) {
  const child = spawn(process.execPath, [join(import.meta.dirname, 'main.ts')], {
    env: { PATH: process.env.PATH ?? '', HERMES_HOME: home, NODE_NO_WARNINGS: '1', ...env },
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  started.push(child);
  const output = { stdout: '', stderr: '' };
  child.stdout.on('data', (chunk: Buffer) => {
    output.stdout += chunk.toString();
  });
  child.stderr.on('data', (chunk: Buffer) => {
    output.stderr += chunk.toString();
  });
  const ended = new Promise<number | null>((done) => child.once('exit', (code) => done(code)));
  return { child, output, ended };
}

async function listening(server: Server): Promise<number> {
  await new Promise<void>((done) => server.listen(0, '127.0.0.1', done));
  const address = server.address();
  return typeof address === 'object' && address !== null ? address.port : 0;
}

async function freePort(): Promise<number> {
  const server = createServer();
  const port = await listening(server);
  await new Promise((done) => server.close(done));
  return port;
}

describe('the process', () => {
  it.each([
    [{ API_PORT: '99999' }, /^API_PORT="99999" is not allowed: .+\n$/],
    [{}, /^HERMES_REDIS_URL="" is not allowed: .+\n$/],
  ])('with %j ends with one line and exit code 2', async (env, line) => {
    const { output, ended } = start({ HERMES_REDIS_URL: '', ...env });
    expect(await ended).toBe(2);
    expect(output.stderr).toMatch(line);
  });

  it('says in one line that its port is taken', async () => {
    const server = createServer();
    const port = await listening(server);
    const { output, ended } = start({ HERMES_REDIS_URL: redis.url, API_PORT: String(port) });
    expect(await ended).toBe(1);
    expect(output.stderr).toMatch(/^The API cannot listen: .*EADDRINUSE.*\n$/);
    await new Promise((done) => server.close(done));
  });

  it('listens, serves, and stops at SIGTERM', async () => {
    const port = await freePort();
    const { child, output, ended } = start({ HERMES_REDIS_URL: redis.url, API_PORT: String(port) });
    const base = `http://127.0.0.1:${port}/api/v1`;
    await eventually(async () => expect((await fetch(`${base}/health/ready`)).status).toBe(200));
    const key = (await readFile(join(home, 'admin.key'), 'utf8')).trim();
    const answer = await fetch(`${base}/download`, {
      method: 'POST',
      headers: { 'content-type': 'application/json', 'x-api-key': key },
      body: JSON.stringify({ url: 'https://example.com/a' }),
    });
    expect(answer.status).toBe(202);
    child.kill('SIGTERM');
    expect(await ended).toBe(0);
    expect(output.stdout).not.toContain(key);
    expect(output.stderr).toBe('');
  });
});
