import { request } from 'node:http';
import { connect } from 'node:net';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { serveFile, TestOrigin, testBytes } from '../../../../tests/support/test-origin.ts';
import { GuardedProxy, type ProxySession } from './guarded-proxy.ts';

const held = async () => {};

describe('GuardedProxy', () => {
  let origin: TestOrigin;
  const proxies: GuardedProxy[] = [];

  beforeEach(async () => {
    origin = await TestOrigin.start();
  });
  afterEach(async () => {
    await Promise.all(proxies.splice(0).map((proxy) => proxy.close()));
    await origin.close();
  });

  async function start(allowPrivate: boolean, idleTimeoutMs = 10_000): Promise<GuardedProxy> {
    const proxy = await GuardedProxy.start({ allowPrivate, idleTimeoutMs });
    proxies.push(proxy);
    return proxy;
  }

  /** A GET in absolute form, as a program with a proxy sends it. */
  function get(session: { url: string }, url: string, headers: Record<string, string> = {}) {
    const { hostname, port, username, password } = new URL(session.url);
    const authorization = `Basic ${Buffer.from(`${username}:${password}`).toString('base64')}`;
    return new Promise<{ status: number; headers: Record<string, unknown>; body: Buffer }>((done, fail) => {
      const sent = request(
        { hostname, port, path: url, headers: { 'proxy-authorization': authorization, ...headers } },
        (response) => {
          const chunks: Buffer[] = [];
          response.on('data', (chunk: Buffer) => chunks.push(chunk));
          response.on('error', fail);
          response.on('end', () =>
            done({ status: response.statusCode ?? 0, headers: response.headers, body: Buffer.concat(chunks) }),
          );
        },
      );
      sent.on('error', fail);
      sent.end();
    });
  }

  /** Sends bytes as they are and reads until the other side ends. */
  function talk(session: { url: string }, text: string): Promise<string> {
    const { port } = new URL(session.url);
    return new Promise((done) => {
      let answer = '';
      const socket = connect(Number(port), '127.0.0.1', () => socket.write(text));
      socket.on('data', (chunk) => {
        answer += chunk.toString('latin1');
      });
      socket.on('error', () => {});
      socket.on('close', () => done(answer));
    });
  }

  function credentialOf({ url }: ProxySession): string {
    const { username, password } = new URL(url);
    return `Proxy-Authorization: Basic ${Buffer.from(`${username}:${password}`).toString('base64')}\r\n`;
  }

  it('forwards a request, without what is between it and the program', async () => {
    const content = testBytes(300_000);
    origin.on('/file', serveFile(content, { etag: '"e"' }));
    const session = (await start(true)).open(held);
    const answer = await get(session, origin.url('/file'), {
      connection: 'x-secret, close',
      'x-secret': '1',
      dnt: '1',
    });
    expect(answer).toMatchObject({ status: 200, headers: { etag: '"e"' } });
    expect(answer.body).toEqual(content);
    const headers = origin.requests[0]?.headers ?? {};
    expect(headers).toMatchObject({ dnt: '1', host: new URL(origin.url('/')).host });
    expect(headers).not.toHaveProperty('proxy-authorization');
    expect(headers).not.toHaveProperty('x-secret');
  });

  it('opens a tunnel', async () => {
    origin.on('/file', serveFile(Buffer.from('through the tunnel')));
    const session = (await start(true)).open(held);
    const answer = await talk(
      session,
      `CONNECT 127.0.0.1:${origin.port} HTTP/1.1\r\n${credentialOf(session)}\r\nGET /file HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n`,
    );
    expect(answer).toMatch(/^HTTP\/1.1 200 Connection established\r\n\r\nHTTP\/1.1 200 OK/);
    expect(answer).toContain('through the tunnel');
    expect(session.failure).toBeNull();
  });

  it.each([
    ['by number', (port: number) => `127.0.0.1:${port}`],
    ['by name', (port: number) => `localhost:${port}`],
    ['in IPv6', (port: number) => `[::1]:${port}`],
    ['mapped into IPv6', (port: number) => `[::ffff:127.0.0.1]:${port}`],
  ])('refuses a private address %s', async (_how, address) => {
    const session = (await start(false)).open(held);
    const plain = await get(session, `http://${address(origin.port)}/file`);
    expect(plain.status).toBe(403);
    const tunnel = await talk(session, `CONNECT ${address(origin.port)} HTTP/1.1\r\n${credentialOf(session)}\r\n`);
    expect(tunnel).toMatch(/^HTTP\/1.1 403 /);
    expect(session.failure?.code).toBe('PRIVATE_ADDRESS_REFUSED');
    expect(origin.requests).toEqual([]);
  });

  it('remembers a refusal, whatever fails after it', async () => {
    const session = (await start(false)).open(held);
    await get(session, 'http://127.0.0.1:9/');
    expect((await get(session, 'http://nothing.invalid/')).status).toBe(502);
    expect(session.failure?.code).toBe('PRIVATE_ADDRESS_REFUSED');
  });

  it.each([
    ['no credential', ''],
    ['another one', `Proxy-Authorization: Basic ${Buffer.from('hermes:guess').toString('base64')}\r\n`],
  ])('serves nobody with %s', async (_what, header) => {
    const session = (await start(true)).open(held);
    const plain = await talk(
      session,
      `GET ${origin.url('/file')} HTTP/1.1\r\nHost: x\r\nConnection: close\r\n${header}\r\n`,
    );
    const tunnel = await talk(session, `CONNECT 127.0.0.1:${origin.port} HTTP/1.1\r\n${header}\r\n`);
    for (const answer of [plain, tunnel]) {
      expect(answer).toMatch(/^HTTP\/1.1 407 /);
      // ffmpeg sends its credential only when it is asked for it.
      expect(answer).toMatch(/proxy-authenticate: basic/i);
    }
    expect(origin.requests).toEqual([]);
  });

  it('ends what is open with the session, and serves it no more', async () => {
    origin.on('/slow', serveFile(testBytes(1_000_000), { bytesPerSecond: 50_000 }));
    const session = (await start(true)).open(held);
    const open = get(session, origin.url('/slow'));
    await expect.poll(() => origin.requests.length).toBe(1);
    session.close();
    await expect(open).rejects.toThrow();
    await expect.poll(() => origin.requests[0]?.ended).toBe(true);
    expect((await get(session, origin.url('/slow'))).status).toBe(407);
  });

  it('hands on nothing once the attempt is lost', async () => {
    origin.on('/file', serveFile(testBytes(200_000)));
    const session = (await start(true)).open(() => Promise.reject(new Error('lost')));
    await expect(get(session, origin.url('/file'))).rejects.toThrow();
  });

  it('says why a connection could not be had', async () => {
    const session = (await start(true, 200)).open(held);
    const unused = origin.port;
    await get(session, 'http://nothing.invalid/');
    expect(session.failure?.code).toBe('DNS_FAILED');
    origin.on('/silent', () => {});
    expect((await get(session, origin.url('/silent'))).status).toBe(504);
    expect(session.failure?.code).toBe('TIMED_OUT');
    await origin.close();
    expect((await get(session, `http://127.0.0.1:${unused}/`)).status).toBe(502);
    expect(session.failure?.code).toBe('CONNECTION_FAILED');
    origin = await TestOrigin.start();
  });

  it.each(['CONNECT nonsense HTTP/1.1', 'GET /relative HTTP/1.1', 'GET ftp://a/b HTTP/1.1'])(
    'answers %s with 400',
    async (line) => {
      const session = (await start(true)).open(held);
      expect(await talk(session, `${line}\r\nHost: x\r\nConnection: close\r\n${credentialOf(session)}\r\n`)).toMatch(
        /^HTTP\/1.1 400 /,
      );
    },
  );
});
