import { mkdtemp, readFile, rm, stat, writeFile } from 'node:fs/promises';
import type { ServerResponse } from 'node:http';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { gzipSync } from 'node:zlib';
import type { DownloadErrorCode, DownloadJob } from '@hermes/contracts';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { serveFile, sha256, TestOrigin, testBytes } from '../../../../tests/support/test-origin.ts';
import { AttemptDirectory } from '../files/attempt-directory.ts';
import type { Pace } from '../limits/speed-limits.ts';
import type { EngineProgress, EngineResult } from './engine.ts';
import { HttpEngine } from './http-engine.ts';

const content = testBytes(400_000);
const other = testBytes(500_000, 'other');

describe('HttpEngine', () => {
  let origin: TestOrigin;
  let dir: string;
  let attempt: number;
  let engine: HttpEngine;
  let progress: EngineProgress[];

  beforeEach(async () => {
    origin = await TestOrigin.start();
    dir = await mkdtemp(join(tmpdir(), 'hermes-engine-'));
    attempt = 0;
    progress = [];
    engine = new HttpEngine({ allowPrivate: true, maxBytes: null, idleTimeoutMs: 10_000 });
  });
  afterEach(async () => {
    await engine.close();
    await origin.close();
    await rm(dir, { recursive: true, force: true });
  });

  /** One attempt, that takes over what the one before left. */
  async function run(
    job: Partial<DownloadJob> = {},
    signal = new AbortController().signal,
    beforeWrite = async () => {},
    headers: Record<string, string> = {},
    pace: Pace = (bytes) => bytes,
  ): Promise<EngineResult> {
    attempt += 1;
    return engine.run({
      job: { download_id: 'd', engine: 'http', url: origin.url('/file.bin'), ...job },
      headers,
      directory: await AttemptDirectory.claim(dir, 'd', attempt),
      signal,
      onProgress: (newest) => progress.push(newest),
      beforeWrite,
      pace,
    });
  }

  const runWith = (headers: Record<string, string>) => run({}, undefined, undefined, headers);
  const partPath = (name = 'file.bin') => join(dir, '.incomplete', 'd', String(attempt), `${name}.part`);
  const failure = (code: DownloadErrorCode) => expect.objectContaining({ name: 'DownloadFailure', code });

  async function expectWhole(result: EngineResult, expected: Buffer): Promise<void> {
    expect(result).toMatchObject({ size: expected.length, sha256: sha256(expected) });
    expect(sha256(await readFile(partPath(result.name)))).toBe(sha256(expected));
  }

  /** Leaves a partial file of the first bytes of `content`. */
  async function breakOff(options: Parameters<typeof serveFile>[1] = {}): Promise<number> {
    origin.on('/file.bin', serveFile(content, { ...options, cutAfter: () => 200_000 }));
    await expect(run()).rejects.toEqual(failure('CONNECTION_FAILED'));
    const { size } = await stat(partPath());
    expect(size).toBeGreaterThan(0);
    expect(size).toBeLessThan(content.length);
    return size;
  }

  it('tells of what has come although the source pauses', async () => {
    let goOn = () => {};
    const told = new Promise<void>((done) => {
      goOn = done;
    });
    origin.on('/file.bin', async (_request, response) => {
      response.writeHead(200, { 'content-length': content.length });
      response.write(content.subarray(0, 1000));
      await told;
      response.end(content.subarray(1000));
    });
    const running = run();
    // The rest does not come before this has been told.
    await expect.poll(() => progress.at(-1)?.downloadedBytes, { timeout: 10_000 }).toBe(1000);
    expect((await stat(partPath())).size).toBe(1000);
    goOn();
    await expectWhole(await running, content);
  });

  it('brings a file, asking for its plain bytes', async () => {
    origin.on('/file.bin', serveFile(content, { headers: { 'content-type': 'application/x-thing' } }));
    const result = await runWith({ 'X-Mine': 'yes', 'Accept-Encoding': 'gzip' });
    await expectWhole(result, content);
    expect(result).toMatchObject({ name: 'file.bin', contentType: 'application/x-thing' });
    expect(origin.requests[0]?.headers).toMatchObject({ 'accept-encoding': 'identity', 'x-mine': 'yes' });
    expect(progress.at(-1)).toEqual({ downloadedBytes: content.length, totalBytes: content.length });
  });

  it('brings a file whose length nobody told, and an empty one', async () => {
    origin.on('/file.bin', (_request, response) => void response.write(content, () => response.end()));
    await expectWhole(await run(), content);
    expect(progress[0]).toEqual({ downloadedBytes: 0, totalBytes: null });
    origin.on('/empty', serveFile(Buffer.alloc(0)));
    await expectWhole(await run({ url: origin.url('/empty') }), Buffer.alloc(0));
  });

  it('stores what was compressed all the same as it came, under the name that the server gives', async () => {
    const zipped = gzipSync(content);
    origin.on('/file.bin', (_request, response) => {
      response.writeHead(200, { 'content-encoding': 'gzip', 'content-disposition': 'attachment; filename="a b.bin"' });
      response.end(zipped);
    });
    const result = await run();
    expect(result.name).toBe('a b.bin');
    await expectWhole(result, zipped);
    // Sent in chunks: the total is not known, and never 0.
    expect(progress.map(({ totalBytes }) => totalBytes)).toEqual(progress.map(() => null));
  });

  it('reads no faster than it may write', async () => {
    const large = Buffer.concat(new Array<Buffer>(64).fill(testBytes(1024 * 1024)));
    origin.on('/file.bin', serveFile(large));
    let open = () => {};
    const gate = new Promise<void>((done) => {
      open = done;
    });
    let writes = 0;
    const running = run({}, undefined, async () => {
      writes += 1;
      if (writes > 3) await gate;
    });
    const sent = () => origin.requests[0]?.sentBytes ?? 0;
    let before = -1;
    await vi.waitFor(
      () => {
        const same = writes > 3 && sent() === before;
        before = sent();
        expect(same).toBe(true);
      },
      { interval: 200, timeout: 10_000 },
    );
    // What the sockets of both sides hold.
    expect(sent()).toBeLessThan(large.length / 2);
    open();
    await expectWhole(await running, large);
  });

  it('takes what has come, at its pace, before it gives up a connection that broke', async () => {
    origin.on('/file.bin', serveFile(content, { etag: '"1"', cutAfter: () => 200_000 }));
    let paced = 0;
    const slowly = async (bytes: number) => {
      await new Promise((done) => setTimeout(done, 5));
      const granted = Math.min(bytes, 10_000);
      paced += granted;
      return granted;
    };
    await expect(run({}, undefined, undefined, {}, slowly)).rejects.toEqual(failure('CONNECTION_FAILED'));
    expect(paced).toBeGreaterThan(0);
    expect((await stat(partPath())).size).toBe(paced);
  });

  it('a file of unknown length that is whole is not asked for again', async () => {
    origin.on('/file.bin', (_request, response) => void response.write(content, () => response.end()));
    await run();
    await expectWhole(await run(), content);
    expect(origin.requests).toHaveLength(1);
  });

  it('puts the credentials of a URL into the header', async () => {
    origin.on('/file.bin', serveFile(content));
    await run({ url: origin.url('/file.bin').replace('http://', 'http://user:p%40ss@') });
    expect(origin.requests[0]?.headers.authorization).toBe(`Basic ${Buffer.from('user:p@ss').toString('base64')}`);
  });

  describe('resuming', () => {
    it.each([
      ['a strong ETag', { etag: '"v1"' }, '"v1"'],
      ['Last-Modified', { lastModified: 'Sat, 01 Nov 2025 10:00:00 GMT' }, 'Sat, 01 Nov 2025 10:00:00 GMT'],
      [
        'Last-Modified beside a weak ETag',
        { etag: 'W/"v1"', lastModified: 'Sat, 01 Nov 2025 10:00:00 GMT' },
        'Sat, 01 Nov 2025 10:00:00 GMT',
      ],
    ])('asks for the rest by %s', async (_name, validators, ifRange) => {
      const size = await breakOff(validators);
      const inode = (await stat(partPath())).ino;
      origin.on('/file.bin', serveFile(content, validators));
      await expectWhole(await run(), content);
      expect(origin.requests[1]?.headers).toMatchObject({ range: `bytes=${size}-`, 'if-range': ifRange });
      expect(origin.requests[1]?.sentBytes).toBe(content.length - size);
      expect((await stat(partPath())).ino).toBe(inode);
    });

    it('begins a new file when the remote has changed, and the server says so', async () => {
      await breakOff({ etag: '"v1"' });
      const old = await stat(partPath());
      origin.on('/file.bin', serveFile(other, { etag: '"v2"' }));
      await expectWhole(await run(), other);
      expect((await stat(partPath())).ino).not.toBe(old.ino);
    });

    it.each([
      ['another ETag', { etag: '"v2"' }, content],
      ['another total size', { etag: '"v1"' }, other],
    ])('does not believe a 206 of %s', async (_name, { etag }, body) => {
      await breakOff({ etag: '"v1"' });
      origin.on('/file.bin', (request, response) => {
        // A server that knows Range but not If-Range.
        delete request.headers['if-range'];
        return serveFile(body, { etag })(request, response);
      });
      await expectWhole(await run(), body);
      expect(origin.requests.slice(1).map((request) => request.headers.range !== undefined)).toEqual([true, false]);
    });

    it('does not believe a 206 that was not asked for', async () => {
      await breakOff({ etag: 'W/"v1"' });
      origin.on('/file.bin', (_request, response) => {
        response
          .writeHead(206, { 'content-range': `bytes 200000-399999/${content.length}` })
          .end(content.subarray(200_000));
      });
      await expect(run()).rejects.toEqual(failure('HTTP_CLIENT_ERROR'));
    });

    it('does not believe a 206 of another place', async () => {
      await breakOff({ etag: '"v1"' });
      origin.on('/file.bin', (request, response) => {
        if (request.headers.range === undefined) return serveFile(content, { etag: '"v1"' })(request, response);
        response.writeHead(206, { etag: '"v1"', 'content-range': `bytes 5-9/${content.length}` }).end('12345');
      });
      await expectWhole(await run(), content);
    });

    it('takes a 200 as the whole file', async () => {
      await breakOff({ etag: '"v1"' });
      origin.on('/file.bin', serveFile(content, { etag: '"v1"', ignoreRange: true }));
      await expectWhole(await run(), content);
      expect(origin.requests).toHaveLength(2);
    });

    it('a 206 that ends before the file does is not the whole rest', async () => {
      const size = await breakOff({ etag: '"v1"' });
      origin.on('/file.bin', (_request, response) => {
        const range = `bytes ${size}-${size + 9}/${content.length}`;
        response.writeHead(206, { etag: '"v1"', 'content-range': range }).end(content.subarray(size, size + 10));
      });
      await expect(run()).rejects.toEqual(failure('SIZE_MISMATCH'));
      expect((await stat(partPath())).size).toBe(size + 10);
    });

    it('begins again after a 416', async () => {
      await breakOff({ etag: '"v1"' });
      origin.on('/file.bin', (request, response) => {
        if (request.headers.range === undefined) return serveFile(content, { etag: '"v1"' })(request, response);
        response.writeHead(416, { 'content-range': 'bytes */10' }).end();
      });
      await expectWhole(await run(), content);
    });

    it('does not ask for a rest that nothing vouches for', async () => {
      await breakOff({ etag: 'W/"weak"' });
      origin.on('/file.bin', serveFile(content, { etag: 'W/"weak"' }));
      await expectWhole(await run(), content);
      expect(origin.requests[1]?.headers.range).toBeUndefined();
    });

    it('does not join the partial file of another URL', async () => {
      await breakOff({ etag: '"v1"' });
      origin.on('/elsewhere/file.bin', serveFile(other, { etag: '"v1"' }));
      await expectWhole(await run({ url: origin.url('/elsewhere/file.bin') }), other);
      expect(origin.requests[1]?.headers.range).toBeUndefined();
    });

    it('asks for nothing if all of it is there, and for all of it if the state cannot be read', async () => {
      origin.on('/file.bin', serveFile(content, { etag: '"v1"' }));
      await run();
      await expectWhole(await run(), content);
      expect(origin.requests).toHaveLength(1);
      await writeFile(join(dir, '.incomplete', 'd', String(attempt), 'state.json'), '{"url":');
      await expectWhole(await run(), content);
      expect(origin.requests[1]?.headers.range).toBeUndefined();
    });
  });

  describe('redirects', () => {
    it('are followed, and the last URL names the file', async () => {
      origin.on(
        '/file.bin',
        (_request, response) => void response.writeHead(302, { location: '/a/real%20name.iso' }).end(),
      );
      origin.on('/a/real%20name.iso', serveFile(content));
      await expectWhole(await run(), content);
    });

    it('carry credentials within an origin, not across, and not back', async () => {
      const second = await TestOrigin.start();
      const headers = { Authorization: 'Bearer secret', Cookie: 'a=b', 'X-Key': 'secret', 'User-Agent': 'kept' };
      origin.on('/file.bin', (_request, response) => void response.writeHead(307, { location: '/next' }).end());
      origin.on(
        '/next',
        (_request, response) => void response.writeHead(308, { location: second.url('/there') }).end(),
      );
      second.on('/there', (_request, response) => void response.writeHead(302, { location: origin.url('/end') }).end());
      origin.on('/end', serveFile(content));
      await runWith(headers);
      expect(origin.requests[1]?.headers).toMatchObject({ authorization: 'Bearer secret', cookie: 'a=b' });
      for (const request of [second.requests[0], origin.requests[2]]) {
        expect(request?.headers).toMatchObject({ 'user-agent': 'kept' });
        expect(request?.headers).not.toHaveProperty('authorization');
        expect(request?.headers).not.toHaveProperty('cookie');
        expect(request?.headers).not.toHaveProperty('x-key');
      }
      await second.close();
    });

    it('end after ten', async () => {
      origin.on('/file.bin', (_request, response) => void response.writeHead(301, { location: '/file.bin' }).end());
      await expect(run()).rejects.toEqual(failure('TOO_MANY_REDIRECTS'));
      expect(origin.requests).toHaveLength(11);
    });

    it('to another scheme are refused', async () => {
      origin.on(
        '/file.bin',
        (_request, response) => void response.writeHead(302, { location: 'file:///etc/passwd' }).end(),
      );
      await expect(run()).rejects.toEqual(failure('INVALID_URL'));
    });
  });

  it.each([
    'http://127.0.0.1/',
    'http://2130706433/',
    'http://0x7f.1/',
    'http://017700000001/',
    'http://[::1]/',
    'http://[::ffff:127.0.0.1]/',
    'http://0/',
    'http://localhost/',
    'http://169.254.169.254/latest/meta-data/',
  ])('refuses %s', async (url) => {
    await engine.close();
    engine = new HttpEngine({ allowPrivate: false, maxBytes: null, idleTimeoutMs: 2000 });
    const target = new URL(url);
    target.port = String(origin.port);
    await expect(run({ url: target.href })).rejects.toEqual(failure('PRIVATE_ADDRESS_REFUSED'));
    expect(origin.requests).toEqual([]);
  });

  describe('failures', () => {
    const answer = (status: number, headers: Record<string, string> = {}) => {
      origin.on(
        '/file.bin',
        (_request, response: ServerResponse) => void response.writeHead(status, headers).end('no'),
      );
    };

    it.each([
      [404, 'HTTP_CLIENT_ERROR', false],
      [304, 'HTTP_CLIENT_ERROR', false],
      [408, 'HTTP_SERVER_ERROR', true],
      [429, 'HTTP_SERVER_ERROR', true],
      [500, 'HTTP_SERVER_ERROR', true],
    ] as const)('status %i is %s', async (status, code, retryable) => {
      answer(status);
      await expect(run()).rejects.toMatchObject({ code, retryable, message: `The server answered with ${status}.` });
    });

    it('tells how long the server asks to wait', async () => {
      answer(503, { 'retry-after': '7' });
      await expect(run()).rejects.toMatchObject({ code: 'HTTP_SERVER_ERROR', retryAfterMs: 7000 });
    });

    it('a refused connection', async () => {
      const gone = await TestOrigin.start();
      const url = gone.url('/');
      await gone.close();
      await expect(run({ url })).rejects.toEqual(failure('CONNECTION_FAILED'));
    });

    it('a name that does not exist', async () => {
      await expect(run({ url: 'http://name.invalid/' })).rejects.toEqual(failure('DNS_FAILED'));
    });

    it('credentials that cannot be decoded', async () => {
      await expect(run({ url: 'http://a%zz:b@127.0.0.1/' })).rejects.toEqual(failure('INVALID_URL'));
    });

    it('a server that is not one of TLS', async () => {
      await expect(run({ url: origin.url('/').replace('http:', 'https:') })).rejects.toEqual(failure('TLS_FAILED'));
    });

    it.each([
      ['the headers', () => {}],
      ['the body', (response: ServerResponse) => void response.writeHead(200, { 'content-length': '9' }).write('1')],
    ])('a server that falls silent before %s', async (_name, begin) => {
      await engine.close();
      engine = new HttpEngine({ allowPrivate: true, maxBytes: null, idleTimeoutMs: 300 });
      origin.on('/file.bin', (_request, response) => begin(response));
      await expect(run()).rejects.toEqual(failure('TIMED_OUT'));
    });

    it('fewer bytes than announced', async () => {
      origin.on('/file.bin', (_request, response) => {
        response.writeHead(200, { 'content-length': '10', connection: 'close' });
        response.write('12345', () => response.socket?.end());
      });
      await expect(run()).rejects.toEqual(failure('SIZE_MISMATCH'));
    });

    it.each([
      ['as announced', { 'content-length': String(content.length) }],
      ['as counted', {}],
    ])('a file over the limit, %s', async (_name, headers) => {
      await engine.close();
      engine = new HttpEngine({ allowPrivate: true, maxBytes: content.length - 1, idleTimeoutMs: 2000 });
      origin.on('/file.bin', (_request, response) => void response.writeHead(200, headers).end(content));
      await expect(run()).rejects.toEqual(failure('SIZE_LIMIT_EXCEEDED'));
    });

    it('an abort ends it at once, with the reason, and keeps what there is', async () => {
      origin.on('/file.bin', serveFile(content, { bytesPerSecond: 200_000 }));
      const abort = new AbortController();
      const reason = new Error('enough');
      const running = run({}, abort.signal);
      running.catch(() => {});
      await expect.poll(() => progress.at(-1)?.downloadedBytes ?? 0).toBeGreaterThan(10_000);
      abort.abort(reason);
      await expect(running).rejects.toBe(reason);
      expect((await stat(partPath())).size).toBeGreaterThan(10_000);
    });
  });
});
