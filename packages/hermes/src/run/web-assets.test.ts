import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { connect } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { brotliCompressSync, gzipSync } from 'node:zlib';
import { CONTENT_SECURITY_POLICY, createLogger, loadConfig } from '@hermes/runtime';
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest';
import { makeTestHome } from '../fixtures/test-home.ts';
import { type RunningHermes, runHermes } from './run-hermes.ts';
import { isWebBuilt } from './web-assets.ts';

const LIMIT = 5;
const BIG = 'let big;'.repeat(1000);
let hermes: RunningHermes;
let parent: string;
let removeHome: () => Promise<void>;

beforeAll(async () => {
  parent = await mkdtemp(join(tmpdir(), 'hermes-web-'));
  const root = join(parent, 'dist');
  await mkdir(join(root, 'assets'), { recursive: true });
  await writeFile(join(root, 'index.html'), '<title>Hermes</title>');
  await writeFile(join(root, 'assets/app-1a2b3c.js'), '0123456789');
  await writeFile(join(root, 'assets/big-4d5e6f.js'), BIG);
  await writeFile(join(root, 'assets/big-4d5e6f.js.br'), brotliCompressSync(BIG));
  await writeFile(join(root, 'assets/big-4d5e6f.js.gz'), gzipSync(BIG));
  await writeFile(join(root, '.stamp'), 'of the build');
  await writeFile(join(parent, 'secret.txt'), 'secret');
  const made = await makeTestHome({ HERMES_PORT: '0', HERMES_RATE_LIMIT_PER_MINUTE: String(LIMIT) });
  removeHome = made.remove;
  const config = loadConfig();
  hermes = await runHermes({
    config,
    logger: createLogger('test', 'silent'),
    webRoot: root,
    cacheDir: join(made.home, 'cache'),
    onProgress: () => {},
    signal: new AbortController().signal,
  });
});
afterAll(async () => {
  vi.unstubAllEnvs();
  await hermes?.stop();
  await removeHome?.();
  await rm(parent, { recursive: true, force: true });
});

const get = (path: string, init: RequestInit = {}) => fetch(`${hermes.origin}${path}`, init);

/** As it stands: `fetch` would resolve the dots itself. */
function getRaw(path: string, header = 'Accept: */*'): Promise<string> {
  return new Promise((done, fail) => {
    let answer = '';
    const { port } = new URL(hermes.origin);
    connect(Number(port), '127.0.0.1')
      .on('data', (chunk) => {
        answer += chunk.toString();
      })
      .on('end', () => done(answer))
      .on('error', fail)
      .write(`GET ${path} HTTP/1.1\r\nHost: 127.0.0.1\r\nConnection: close\r\n${header}\r\n\r\n`);
  });
}

describe('the web app', () => {
  it.each(['/', '/index.html', '/login', '/login/', '/login?code=x', '/history'])('%s is the page', async (path) => {
    const response = await get(path);
    expect([response.status, await response.text()]).toEqual([200, '<title>Hermes</title>']);
    expect(response.headers.get('content-type')).toMatch(/^text\/html/);
    expect(response.headers.get('cache-control')).toBe('no-cache');
    expect(response.headers.get('content-security-policy')).toBe(CONTENT_SECURITY_POLICY);
    expect(response.headers.get('x-content-type-options')).toBe('nosniff');
  });

  it('lets what has a hash in its name be kept for ever', async () => {
    const response = await get('/assets/app-1a2b3c.js');
    expect(response.headers.get('cache-control')).toBe('public, max-age=31536000, immutable');
    expect(response.headers.get('content-security-policy')).toBe(CONTENT_SECURITY_POLICY);
    expect(await response.text()).toBe('0123456789');
  });

  it('answers HEAD, Range and a question whether it has changed', async () => {
    const head = await get('/assets/app-1a2b3c.js', { method: 'HEAD' });
    expect([head.status, head.headers.get('content-length'), await head.text()]).toEqual([200, '10', '']);
    expect((await get('/login', { method: 'HEAD' })).status).toBe(200);
    const part = await get('/assets/app-1a2b3c.js', { headers: { range: 'bytes=2-4' } });
    expect([part.status, part.headers.get('content-range'), await part.text()]).toEqual([206, 'bytes 2-4/10', '234']);
    expect(await getRaw('/assets/app-1a2b3c.js', `If-None-Match: ${head.headers.get('etag')}`)).toMatch(
      /^HTTP\/1.1 304 /,
    );
  });

  it.each([
    ['gzip, deflate, br, zstd', 'br'],
    ['gzip, deflate', 'gzip'],
    ['br;q=0, gzip', 'gzip'],
    ['br;q=0, gzip;q=0', null],
    ['identity', null],
    ['zstd', null],
  ])('is handed out as the build has compressed it: to “%s” as %s', async (accepted, encoding) => {
    const response = await get('/assets/big-4d5e6f.js', { headers: { 'accept-encoding': accepted } });
    expect(Object.fromEntries(response.headers)).toMatchObject({
      'content-type': expect.stringMatching(/javascript/),
      'cache-control': 'public, max-age=31536000, immutable',
      vary: 'accept-encoding',
    });
    expect(response.headers.get('content-encoding')).toBe(encoding);
    const length = { br: brotliCompressSync(BIG).length, gzip: gzipSync(BIG).length, identity: BIG.length };
    expect(Number(response.headers.get('content-length'))).toBe(
      length[(encoding ?? 'identity') as keyof typeof length],
    );
    expect(await response.text()).toBe(BIG);
  });

  it('tells apart what it hands out for one name: by tag, and a range is of what was asked for', async () => {
    const of = (accepted: string, headers: Record<string, string> = {}) =>
      get('/assets/big-4d5e6f.js', { headers: { 'accept-encoding': accepted, ...headers } });
    const plain = (await of('identity')).headers.get('etag') ?? '';
    const tags = [plain, (await of('br')).headers.get('etag'), (await of('gzip')).headers.get('etag')];
    expect(new Set(tags).size).toBe(3);
    const part = await of('identity', { range: 'bytes=4-6' });
    expect([part.status, part.headers.get('content-range')]).toEqual([206, `bytes 4-6/${BIG.length}`]);
    expect(await part.text()).toBe('big');
    expect((await of('br', { range: 'bytes=4-6', 'if-range': plain })).status).toBe(200);
  });

  // Whoever comes from elsewhere is not shown the app in the place of the metrics.
  it.each([
    '/assets/gone.js',
    '/favicon.ico',
    '/a/b',
    '/.stamp',
    '/api',
    '/metrics',
    '/assets',
    '/assets/big-4d5e6f.js.br',
  ])('%s is not there: a problem with 404', async (path) => {
    const response = await get(path, { headers: { 'x-forwarded-for': '192.0.2.1' } });
    expect(response.status).toBe(404);
    expect(response.headers.get('content-type')).toMatch(/^application\/problem\+json/);
    expect(await response.json()).toMatchObject({ code: 'NOT_FOUND', instance: path });
  });

  it.each([
    '/../secret.txt',
    '/assets/../../secret.txt',
    '/..%2fsecret.txt',
    '/%2e%2e/secret.txt',
    '/assets/..%2f..%2fsecret.txt',
    '/assets/..%5c..%5csecret.txt',
    '//secret.txt',
    '/assets/app-1a2b3c.js%00.txt',
  ])('%s leads nowhere', async (path) => {
    const answer = await getRaw(path);
    expect(answer).toMatch(/^HTTP\/1.1 4\d\d /);
    expect(answer).not.toContain('\r\n\r\nsecret');
  });

  it('costs nobody’s quota and asks for no key, while the API does both', async () => {
    const statuses = async (path: string, times: number) => {
      const answers = [];
      for (let n = 0; n < times; n++) answers.push((await get(path)).status);
      return answers;
    };
    expect(new Set(await statuses('/', 3 * LIMIT))).toEqual(new Set([200]));
    const api = await statuses('/api/v1/download/queue', 3 * LIMIT);
    expect(api[0]).toBe(401);
    expect(api.at(-1)).toBe(429);
    expect(new Set(await statuses('/login', LIMIT))).toEqual(new Set([200]));
  });

  it('is built when its page is there', () => {
    expect(isWebBuilt(join(parent, 'dist'))).toBe(true);
    expect(isWebBuilt(parent)).toBe(false);
  });
});
