import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { type Download, type EventsHealth, isFinalStatus, keyspace } from '@hermes/contracts';
import { connectRedis } from '@hermes/runtime';
import type { Browser } from 'playwright-core';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test, vi } from 'vitest';
import { launchChromium } from '../support/browser.ts';
import { findChromium } from '../support/programs.ts';
import { serveFile, sha256, TestOrigin, testBytes } from '../support/test-origin.ts';
import { TestStream } from '../support/test-stream.ts';
import { DashboardPage } from './dashboard-page.ts';
import { TestHermes } from './test-hermes.ts';

const FILE = testBytes(6_000_000);

describe.skipIf(findChromium() === null)('a download, watched in a browser', () => {
  let hermes: TestHermes;
  let origin: TestOrigin;
  let browser: Browser;
  let dashboard: DashboardPage;

  beforeAll(async () => {
    [hermes, origin, browser] = await Promise.all([TestHermes.start(), TestOrigin.start(), launchChromium()]);
  });
  beforeEach(async () => {
    dashboard = new DashboardPage(await browser.newPage());
  });
  afterEach(() => dashboard.page.close());
  afterAll(async () => {
    await browser?.close();
    await hermes?.close();
    await origin?.close();
  });

  test('a pasted URL becomes a file, its bar moves by the stream alone', async () => {
    // What is said of a bar aloud changes once a second: so slow that it does often enough.
    origin.on('/film.bin', serveFile(FILE, { etag: '"film"', bytesPerSecond: 400_000 }));
    await dashboard.open(hermes.loginUrl);
    await dashboard.untilConnection('live');
    await dashboard.add([origin.url('/film.bin')]);
    await dashboard.row('film.bin').waitFor();
    await dashboard.bar('film.bin').waitFor();
    await dashboard.recordBar('film.bin');
    const before = dashboard.polls.length;
    await dashboard.page.locator('[data-testid="download-row"][data-status="completed"]').waitFor({ timeout: 60_000 });

    const values = await dashboard.recordedBar();
    expect(values.length).toBeGreaterThanOrEqual(10);
    expect(values).toEqual([...values].sort((a, b) => a - b));
    // Not one read: what moved the bar came over the stream.
    expect(dashboard.polls.slice(before)).toEqual([]);
    expect(dashboard.streams).toHaveLength(1);
    expect(sha256(await readFile(join(hermes.home, 'downloads/film.bin')))).toBe(sha256(FILE));
  });

  test('five downloads on a page are one connection', async () => {
    const names = ['a', 'b', 'c', 'd', 'e'].map((letter) => `five-${letter}.bin`);
    for (const name of names) origin.on(`/${name}`, serveFile(FILE, { etag: `"${name}"`, bytesPerSecond: 2_000_000 }));
    await dashboard.open(`${hermes.origin}/login`, hermes.key);
    await dashboard.untilConnection('live');
    await dashboard.add(names.map((name) => origin.url(`/${name}`)));
    for (const name of names) await dashboard.row(name).waitFor();
    const health = await hermes.get<EventsHealth>('/events/health');
    expect(health.active_connections).toBe(1);
    for (const name of names) {
      await dashboard.row(name).and(dashboard.page.locator('[data-status="completed"]')).waitFor({ timeout: 60_000 });
    }
    expect((await hermes.get<EventsHealth>('/events/health')).active_connections).toBe(1);
    await dashboard.page.close();
    await vi.waitFor(async () => {
      expect((await hermes.get<EventsHealth>('/events/health')).active_connections).toBe(0);
    }, 10_000);
  });

  test('Redis restarts under way: no error on the page, no fact missing, the last progress is the server’s', async () => {
    const [name, size] = ['survivor.bin', FILE.length];
    origin.on(`/${name}`, serveFile(FILE, { etag: '"survivor"', bytesPerSecond: 600_000 }));
    const errors: string[] = [];
    dashboard.page.on('pageerror', (error) => errors.push(error.message));
    await dashboard.open(`${hermes.origin}/login`, hermes.key);
    await dashboard.untilConnection('live');
    const stream = await TestStream.open(`${hermes.origin}/api/v1/events/stream`, hermes.authorization);
    const begin = await stream.next('connected');
    await dashboard.add([origin.url(`/${name}`)]);
    await dashboard.bar(name).waitFor();
    await stream.next('download_progress');

    const stopped = await hermes.stopRedis();
    await vi.waitFor(async () => expect(await hermes.redisPid()).not.toBe(stopped), 20_000);
    await dashboard.row(name).and(dashboard.page.locator('[data-status="completed"]')).waitFor({ timeout: 60_000 });

    const redis = await connectRedis(hermes.redisUrl, 'commands');
    const after = Number(String(begin.data.cursor).split(':')[1]);
    const facts = await redis.xrange(keyspace('').facts, `${after + 1}-0`, '+');
    redis.disconnect();
    const expected = facts.map(([id]) => Number(id.split('-')[0]));
    const epoch = String(begin.data.cursor).split(':')[0];
    await vi.waitFor(() => {
      const ids = stream.received.filter(({ id }) => id !== undefined).map(({ id }) => String(id).split(':'));
      expect(ids.every(([of]) => of === epoch)).toBe(true);
      const seqs = ids.map(([, seq]) => Number(seq));
      expect(seqs).toEqual([...new Set(seqs)].sort((a, b) => a - b));
      expect(seqs).toEqual(expect.arrayContaining(expected));
    }, 10_000);
    expect(stream.isEnded).toBe(false);
    expect(stream.received.some(({ event }) => event === 'reset')).toBe(false);

    const { items } = await hermes.get<{ items: Download[] }>('/download/queue?status=completed&limit=100');
    const download = items.find(({ filename }) => filename === name);
    expect(download).toMatchObject({ status: 'completed', downloaded_bytes: size });
    const last = stream.received.findLast(
      ({ data }) => data.download_id === download?.download_id && 'downloaded_bytes' in data,
    );
    expect(last?.data.downloaded_bytes).toBe(download?.downloaded_bytes);
    expect(isFinalStatus(download?.status ?? 'queued')).toBe(true);
    expect(errors).toEqual([]);
    expect((await dashboard.page.getByRole('alert').allTextContents()).filter(Boolean)).toEqual([]);
    stream.close();
  });
});
