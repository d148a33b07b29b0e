import { createHash } from 'node:crypto';
import { readFile, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest';
import { serveFile, sha256, TestOrigin, testBytes } from '../support/test-origin.ts';
import { TestHermes } from './test-hermes.ts';

const SIZE = 6_000_000;
const NAMES = ['first.bin', 'second.bin', 'third.bin'];
const content = new Map(NAMES.map((name) => [name, testBytes(SIZE, name)]));

interface Download {
  download_id: string;
  status: string;
  downloaded_bytes: number;
  filename: string;
  result: { path: string; sha256: string } | null;
}

let origin: TestOrigin;
let hermes: TestHermes | undefined;
let home: string | undefined;

beforeEach(async () => {
  origin = await TestOrigin.start();
  for (const [name, bytes] of content) {
    origin.on(`/${name}`, serveFile(bytes, { etag: `"${name}"`, bytesPerSecond: 2_000_000 }));
  }
});
afterEach(async () => {
  await hermes?.process.stop();
  await origin.close();
  if (home !== undefined) await rm(home, { recursive: true, force: true });
  hermes = undefined;
  home = undefined;
});

async function startHermes(): Promise<TestHermes> {
  hermes = await TestHermes.start({ HERMES_CONCURRENCY: '1' }, home);
  home = hermes.home;
  return hermes;
}

async function enqueue(server: TestHermes): Promise<string[]> {
  const ids: string[] = [];
  for (const name of NAMES) {
    const response = await fetch(`${server.origin}/api/v1/download`, {
      method: 'POST',
      headers: { ...server.authorization, 'content-type': 'application/json' },
      body: JSON.stringify({ url: origin.url(`/${name}`) }),
    });
    expect(response.status).toBe(202);
    ids.push(((await response.json()) as { download_id: string }).download_id);
  }
  return ids;
}

/** Until the first of them has a third of its bytes on disk, or rather: says so. */
async function untilHalfWay(server: TestHermes, id: string): Promise<void> {
  await vi.waitFor(
    async () => {
      const { downloaded_bytes } = await server.get<Download>(`/download/${id}`);
      expect(downloaded_bytes).toBeGreaterThan(SIZE / 3);
    },
    { timeout: 60_000, interval: 50 },
  );
}

async function expectAllFinished(server: TestHermes, ids: readonly string[]): Promise<void> {
  for (const [index, id] of ids.entries()) {
    const name = NAMES[index] ?? '';
    const bytes = content.get(name) ?? Buffer.alloc(0);
    const download = await vi.waitFor(
      async () => {
        const found = await server.get<Download>(`/download/${id}`);
        expect(found.status).toBe('completed');
        return found;
      },
      { timeout: 90_000, interval: 100 },
    );
    const file = await readFile(join(server.home, 'downloads', download.result?.path ?? ''));
    expect(createHash('sha256').update(file).digest('hex')).toBe(sha256(bytes));
    expect(download.result?.sha256).toBe(sha256(bytes));
  }
}

const rangesOf = (name: string) =>
  origin.requests
    .filter(({ path }) => path === `/${name}`)
    .map(({ headers }) => headers.range)
    .filter((range) => range !== undefined);

const isAlive = (pid: number) => {
  try {
    process.kill(pid, 0);
    return true;
  } catch {
    return false;
  }
};

describe('hermes start', () => {
  test('interrupted in the middle of a download and of a queue, goes on where it was', async () => {
    const before = await startHermes();
    const redisPid = await before.redisPid();
    const ids = await enqueue(before);
    await untilHalfWay(before, ids[0] ?? '');
    before.process.signal('SIGINT');
    expect(await before.process.exited).toEqual({ code: 0, signal: null });
    expect(before.process.output).toMatch(/Stopping …\nStopped\.\n$/);
    expect(before.process.output).not.toMatch(/error|fatal/);
    expect(isAlive(redisPid)).toBe(false);

    const after = await startHermes();
    await expectAllFinished(after, ids);
    expect(rangesOf('first.bin')).toEqual([expect.stringMatching(/^bytes=[1-9]\d+-$/)]);
    expect(rangesOf('second.bin')).toEqual([]);
    expect((await after.process.stop()).code).toBe(0);
  });

  test('killed -9, the next one takes its home over and goes on where it was', async () => {
    const before = await startHermes();
    const redisPid = await before.redisPid();
    const ids = await enqueue(before);
    await untilHalfWay(before, ids[0] ?? '');
    before.process.signal('SIGKILL');
    await before.process.exited;

    const after = await startHermes();
    await vi.waitFor(() => expect(isAlive(redisPid)).toBe(false), 10_000);
    await expectAllFinished(after, ids);
    expect(rangesOf('first.bin')).toEqual([expect.stringMatching(/^bytes=[1-9]\d+-$/)]);
    expect((await after.process.stop()).code).toBe(0);
  });

  test('keeps a second one away from its home, and brings back a Redis that was killed', async () => {
    const first = await startHermes();
    const [id = ''] = await enqueue(first);
    await expect(TestHermes.start({}, first.home)).rejects.toThrow(
      `Another Hermes (process ${first.process.pid}) runs on ${first.home}`,
    );
    const pid = await first.redisPid();
    process.kill(pid, 'SIGKILL');
    await first.process.untilOutput(/The embedded Redis runs again/);
    expect(isAlive(pid)).toBe(false);
    await vi.waitFor(async () => expect((await first.get<Download>(`/download/${id}`)).status).toBe('completed'), {
      timeout: 90_000,
      interval: 100,
    });
    const redisPid = await first.redisPid();
    expect((await first.process.stop()).code).toBe(0);
    expect(isAlive(redisPid)).toBe(false);
  });

  test('told twice, it ends at once, and its Redis with it', async () => {
    const server = await startHermes();
    const redisPid = await server.redisPid();
    // A frozen Redis keeps the first stop waiting.
    process.kill(redisPid, 'SIGSTOP');
    try {
      server.process.signal('SIGTERM');
      await server.process.untilOutput(/Stopping …/);
      // What comes within a moment of the first is the same Ctrl-C, handed on by npx.
      server.process.signal('SIGINT');
      await new Promise((done) => setTimeout(done, 1000));
      expect(server.process.isRunning).toBe(true);
      server.process.signal('SIGINT');
      expect(await server.process.exited).toEqual({ code: 130, signal: null });
    } finally {
      process.kill(redisPid, 'SIGCONT');
    }
    await vi.waitFor(() => expect(isAlive(redisPid)).toBe(false), 10_000);
  });
});
