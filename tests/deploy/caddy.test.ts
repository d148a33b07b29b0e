import { readFile } from 'node:fs/promises';
import { get as getRaw } from 'node:http';
import { join } from 'node:path';
import { buffer } from 'node:stream/consumers';
import { API_BASE, type Download, EVENTS_BASE, type EventsHealth, SESSION_COOKIE } from '@hermes/contracts';
import { CONTENT_SECURITY_POLICY } from '@hermes/runtime';
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest';
import { findCaddy } from '../support/programs.ts';
import { sha256, TestOrigin, testBytes } from '../support/test-origin.ts';
import { type ReceivedEvent, TestStream } from '../support/test-stream.ts';
import { Deployment, requestFrom } from './deployment.ts';
import { GatedFile } from './gated-file.ts';

const caddy = findCaddy();
const PIECES = 10;
const PIECE = 1024 * 1024;

/** As they come, where `fetch` unpacks them. */
function bytesOf(url: string, accepted: string): Promise<Buffer> {
  return new Promise((done, fail) => {
    getRaw(url, { headers: { 'accept-encoding': accepted } }, (response) => done(buffer(response))).once('error', fail);
  });
}

describe.skipIf(caddy === null)('the built bundle behind Caddy', () => {
  let deployment: Deployment;
  let files: TestOrigin;
  let key: string;
  const streams: TestStream[] = [];

  beforeAll(async () => {
    [deployment, files] = await Promise.all([Deployment.start(caddy ?? ''), TestOrigin.start()]);
    key = await deployment.adminKey();
  }, 120_000);
  afterAll(async () => {
    for (const stream of streams) stream.close();
    await files?.close();
    await deployment?.close();
  });

  const get = (path: string, headers: Record<string, string> = {}) =>
    fetch(`${deployment.origin}${path}`, { headers: { 'accept-encoding': 'gzip', ...headers } });

  const authorized = () => ({ authorization: `Bearer ${key}` });

  async function logIn(headers: Record<string, string> = {}): Promise<string> {
    const response = await fetch(`${deployment.origin}${API_BASE}/auth/login`, {
      method: 'POST',
      headers: { 'content-type': 'application/json', ...headers },
      body: JSON.stringify({ key }),
    });
    expect(response.status).toBe(200);
    return response.headers.get('set-cookie') ?? '';
  }

  async function enqueue(url: string, headers: Record<string, string>): Promise<string> {
    const response = await fetch(`${deployment.origin}${API_BASE}/download`, {
      method: 'POST',
      headers: { 'content-type': 'application/json', ...headers },
      body: JSON.stringify({ url }),
    });
    expect(response.status).toBe(202);
    return ((await response.json()) as { download_id: string }).download_id;
  }

  async function openStream(path: string, headers: Record<string, string>): Promise<TestStream> {
    const stream = await TestStream.open(`${deployment.origin}${EVENTS_BASE}${path}`, headers);
    streams.push(stream);
    expect(stream.response.status).toBe(200);
    return stream;
  }

  async function nextOf(stream: TestStream, name: string, matches: (event: ReceivedEvent) => boolean) {
    for (;;) {
      const event = await stream.next(name);
      if (matches(event)) return event;
    }
  }

  async function activeStreams(): Promise<number> {
    return ((await (await get(`${EVENTS_BASE}/health`)).json()) as EventsHealth).active_connections;
  }

  it('serves the web app, compressed and with the headers of `hermes start`', async () => {
    const page = await get('/');
    expect(page.status).toBe(200);
    expect(Object.fromEntries(page.headers)).toMatchObject({
      'content-security-policy': CONTENT_SECURITY_POLICY,
      'x-content-type-options': 'nosniff',
      'referrer-policy': 'no-referrer',
      'cache-control': 'no-cache',
      'content-encoding': 'gzip',
    });
    const html = await page.text();
    const asset = await get(/src="(\/assets\/app-[^"]+\.js)"/.exec(html)?.[1] ?? '/no-script');
    expect(asset.status).toBe(200);
    expect(Object.fromEntries(asset.headers)).toMatchObject({
      'content-security-policy': CONTENT_SECURITY_POLICY,
      'cache-control': 'public, max-age=31536000, immutable',
      'content-encoding': 'gzip',
    });
    expect(await (await get('/queue')).text()).toBe(html);

    const missing = await get('/assets/missing-1a2b3c.js');
    expect(missing.status).toBe(404);
    expect(missing.headers.get('cache-control')).toBeNull();
    expect((await get('/missing.js')).status).toBe(404);
  });

  it.each([
    ['gzip, deflate, br, zstd', 'br'],
    ['gzip, deflate', 'gzip'],
    ['br;q=0, gzip', 'gzip'],
    ['identity', null],
    ['br;q=0, gzip;q=0', null],
  ])('hands out what the build has compressed: to “%s” as %s', async (accepted, encoding) => {
    const html = await (await get('/')).text();
    const path = /src="(\/assets\/vendor-[^"]+\.js)"/.exec(html)?.[1] ?? '/no-script';
    const asset = await get(path, { 'accept-encoding': accepted });
    expect(asset.status).toBe(200);
    expect(asset.headers.get('content-encoding')).toBe(encoding);
    expect(asset.headers.get('content-type')).toMatch(/javascript/);
    expect(asset.headers.get('vary')).toBe('Accept-Encoding');
    const file = join(deployment.dir, 'app/web', path);
    const sent = await readFile(file + (encoding === 'br' ? '.br' : encoding === 'gzip' ? '.gz' : ''));
    expect(sent.equals(await bytesOf(`${deployment.origin}${path}`, accepted))).toBe(true);
    expect(await asset.text()).toBe(await readFile(file, 'utf8'));

    const page = await get('/queue', { 'accept-encoding': accepted });
    expect([page.headers.get('content-encoding'), await page.text()]).toEqual([encoding, html]);
    const unchanged = await get(path, {
      'accept-encoding': accepted,
      'if-none-match': asset.headers.get('etag') ?? '',
    });
    expect(unchanged.status).toBe(304);
  });

  it('keeps to itself what is not for users', async () => {
    expect(await (await get('/health')).text()).toBe('ok');
    for (const path of ['/metrics', '/metrics/', '/api/../metrics']) expect((await get(path)).status).toBe(404);
    expect((await get('/')).headers.get('server')).toBeNull();
    const refused = await get(`${API_BASE}/download/queue`);
    expect(refused.status).toBe(401);
    expect(await refused.json()).toMatchObject({ code: 'UNAUTHENTICATED' });
    expect((await get(`${EVENTS_BASE}/stream`, { accept: 'text/event-stream' })).status).toBe(401);
  });

  it('hands on the pages of the API, with all that they load', async () => {
    const pages = [
      ['/api/docs', {}],
      ['/admin/queues', authorized()],
    ] as const;
    for (const [path, headers] of pages) {
      const page = await get(path, headers);
      expect(page.headers.get('content-security-policy')).toBe(CONTENT_SECURITY_POLICY);
      const files = [...(await page.text()).matchAll(/(?:src|href)="([^"]+\.(?:js|css))"/g)].map(
        ([, file]) => file ?? '',
      );
      expect(files.length).toBeGreaterThan(1);
      for (const file of files) {
        const { pathname } = new URL(file, `${deployment.origin}${path}/`);
        expect([pathname, (await get(pathname, headers)).status]).toEqual([pathname, 200]);
      }
    }
    expect((await get('/admin/queues')).status).toBe(401);
    expect((await get('/admin/queues/api/queues', authorized())).status).toBe(200);
  });

  it('says at the start where the admin key is, and what listens where', () => {
    expect(deployment.service('api').output).toContain(join(deployment.home, 'admin.key'));
    for (const name of ['api', 'events'] as const) {
      expect(deployment.service(name).output.toLowerCase()).toContain('listening');
    }
    expect(JSON.stringify([...deployment.services.values()].map(({ output }) => output))).not.toContain(key);
  });

  it('logs in, enqueues, and watches every piece of a download as it comes', async () => {
    const cookie = await logIn();
    expect(cookie).toMatch(/HttpOnly; SameSite=Strict$/);
    const session = { cookie: /^[^;]+/.exec(cookie)?.[0] ?? '' };
    expect(session.cookie).toContain(`${SESSION_COOKIE}=`);

    const file = new GatedFile(testBytes(PIECES * PIECE, 'deploy'));
    files.on('/gated.bin', file.handler);
    const stream = await openStream('/stream?channels=downloads', session);
    expect(stream.response.headers.get('content-type')).toContain('text/event-stream');
    expect(stream.response.headers.get('content-encoding')).toBeNull();
    await stream.next('snapshot');

    const id = await enqueue(files.url('/gated.bin'), session);
    await nextOf(stream, 'download_status', ({ data }) => data.download_id === id && data.status === 'downloading');
    // A piece leaves the origin only after the one before was seen through Caddy: what buffers would stand still here.
    for (let piece = 1; piece < PIECES; piece += 1) {
      const released = file.release(PIECE);
      // Of the piece that is out now; the worker may still hold its end, to write more at once.
      const { data } = await nextOf(
        stream,
        'download_progress',
        (event) => Number(event.data.downloaded_bytes) > released - PIECE,
      );
      const read = (await (await get(`${API_BASE}/download/${id}`, session)).json()) as Download;
      expect(read.status).toBe('downloading');
      expect(read.downloaded_bytes).toBeGreaterThanOrEqual(Number(data.downloaded_bytes));
      expect(read.downloaded_bytes).toBeLessThanOrEqual(released);
    }
    file.release(PIECE);
    const { data } = await nextOf(stream, 'download_status', (event) => event.data.status === 'completed');
    const { result } = data as unknown as Download;
    expect(result).toMatchObject({ size: file.content.length, sha256: sha256(file.content) });
    const saved = await readFile(join(deployment.home, 'downloads', result?.path ?? ''));
    expect(sha256(saved)).toBe(sha256(file.content));
    stream.close();

    // What has ended is listed from the database, which the stream is ahead of; an empty list is too short to compress.
    const list = await vi.waitFor(async () => {
      const answer = await get(`${API_BASE}/download/queue?status=completed`, session);
      expect(await answer.json()).toMatchObject({ items: [{ download_id: id }] });
      return answer;
    }, 10_000);
    expect(list.headers.get('content-encoding')).toBe('gzip');
  });

  it('hands on the test stream event by event', async () => {
    const stream = await openStream('/test?count=6&interval_ms=500', authorized());
    const seen: { sent: number; arrived: number }[] = [];
    for (let n = 1; n <= 6; n += 1) {
      const { data } = await stream.next('test');
      expect(data.n).toBe(n);
      seen.push({ sent: Date.parse(String(data.server_time)), arrived: Date.now() });
    }
    // Each was here before the one after the next was even made.
    for (const [n, { arrived }] of seen.slice(0, -2).entries()) expect(arrived).toBeLessThan(seen[n + 2]?.sent ?? 0);
    await stream.ended;
  });

  it('takes the address of a client from Caddy, and from nobody else', async () => {
    const remaining = async (from: string, origin: string, claims: Record<string, string>) => {
      const { headers } = await requestFrom(from, `${origin}${API_BASE}/health`, claims);
      return Number(headers['ratelimit-remaining']);
    };
    const limit = await remaining('127.0.0.11', deployment.origin, {});
    expect(limit).toBeGreaterThan(100);
    // Two clients of Caddy are two; a claim in the header changes nothing about who one is.
    expect(await remaining('127.0.0.12', deployment.origin, {})).toBe(limit);
    expect(await remaining('127.0.0.12', deployment.origin, { 'x-forwarded-for': '127.0.0.13' })).toBe(limit - 1);
    // Whoever reaches the API around Caddy is not believed either.
    expect(await remaining('127.0.0.14', deployment.apiOrigin, { 'x-forwarded-for': '127.0.0.15' })).toBe(limit);
    expect(await remaining('127.0.0.14', deployment.apiOrigin, { 'x-forwarded-for': '127.0.0.16' })).toBe(limit - 1);
    // Nor is a claim to have come by HTTPS.
    expect(await logIn({ 'x-forwarded-proto': 'https' })).not.toContain('Secure');
  });

  it('counts streams by client, and lets go of them when their reader has left', async () => {
    await vi.waitFor(async () => expect(await activeStreams()).toBe(0), 10_000);
    const url = `${deployment.origin}${EVENTS_BASE}/system`;
    const open = (from: string, claims: Record<string, string> = {}) =>
      requestFrom(from, url, { accept: 'text/event-stream', ...authorized(), ...claims });
    const opened = [await open('127.0.0.21'), await open('127.0.0.21'), await open('127.0.0.21')];
    expect(opened.map(({ status }) => status)).toEqual([200, 200, 200]);
    expect((await open('127.0.0.21', { 'x-forwarded-for': '127.0.0.22' })).status).toBe(503);
    opened.push(await open('127.0.0.22'));
    expect(opened.at(-1)?.status).toBe(200);
    expect(await activeStreams()).toBe(4);
    for (const { hangUp } of opened) hangUp();
    // Sooner than the heartbeat that would find them out.
    await vi.waitFor(async () => expect(await activeStreams()).toBe(0), 10_000);
  });

  it('goes on where it was when the events service comes back', async () => {
    const stream = await openStream('/stream?channels=downloads', authorized());
    await stream.next('snapshot');
    const stopped = deployment.service('events').stop();
    await stream.next('draining');
    expect(stream.retry).not.toBeNull();
    await stream.ended;
    expect((await stopped).code).toBe(0);

    // Nobody is there: an error without a secret in it, while the rest goes on.
    const secret = 'hermes_a-secret-that-must-not-be-logged';
    const away = await get(`${EVENTS_BASE}/stream?token=${secret}`, { cookie: secret, 'x-api-key': secret });
    expect(away.status).toBe(502);
    await vi.waitFor(() => expect(deployment.caddy.output).toContain('REDACTED'));
    expect(deployment.caddy.output).not.toContain(secret);
    const content = testBytes(1000, 'missed');
    files.on('/missed.bin', (_request, response) => void response.end(content));
    const id = await enqueue(files.url('/missed.bin'), authorized());
    await vi.waitFor(async () => {
      const read = await get(`${API_BASE}/download/${id}`, authorized());
      expect(await read.json()).toMatchObject({ status: 'completed' });
    }, 10_000);

    await deployment.run('events');
    const again = await openStream('/stream?channels=downloads', {
      ...authorized(),
      'last-event-id': stream.lastEventId ?? '',
    });
    expect((await again.next('connected')).data).toMatchObject({ recovered: true });
    const missed = await nextOf(again, 'download_status', ({ data }) => data.status === 'completed');
    expect(missed.data).toMatchObject({ download_id: id, result: { sha256: sha256(content) } });
    expect(again.received.map(({ event }) => event)).not.toContain('reset');
    again.close();
  });

  it('ends with code 0 on SIGTERM, streams open or not', async () => {
    const stream = await openStream('/stream', authorized());
    await stream.next('snapshot');
    expect((await deployment.service('worker').stop()).code).toBe(0);
    expect((await deployment.caddy.stop()).code).toBe(0);
    await stream.ended;
    expect((await deployment.service('events').stop()).code).toBe(0);
    expect((await deployment.service('api').stop()).code).toBe(0);
  });
});
