import { connect, type Socket } from 'node:net';
import { afterAll, afterEach, beforeAll, describe, expect, test, vi } from 'vitest';
import { GatewayHarness, TEST_KEY, WAIT } from '../testing/gateway-harness.ts';

const EVENTS = '/api/v1/events';
const PAGE = 'https://app.example.com';

describe('over HTTP', () => {
  let harness: GatewayHarness;
  beforeAll(async () => {
    harness = await GatewayHarness.start({ HERMES_ALLOWED_ORIGINS: PAGE });
  });
  afterAll(() => harness.close());
  afterEach(() => vi.waitFor(() => expect(harness.gateway.activeConnections).toBe(0), WAIT));

  /** Everything that comes back for a request as it stands. */
  function exchange(request: string, until: (answer: string) => boolean): Promise<string> {
    return new Promise((done, fail) => {
      const { hostname, port } = new URL(harness.origin);
      const socket = connect({ host: hostname, port: Number(port) });
      let answer = '';
      socket.setEncoding('utf8');
      socket.on('data', (text) => {
        answer += text;
        if (until(answer)) socket.destroy();
      });
      socket.on('error', fail);
      socket.on('close', () => done(answer));
      socket.write(request);
    });
  }

  test('the headers of a stream are these', async () => {
    for (const path of [`${EVENTS}/stream`, `${EVENTS}/test?count=1`]) {
      const response = await harness.get(path);
      expect(Object.fromEntries(response.headers)).toMatchObject({
        'content-type': 'text/event-stream',
        'cache-control': 'no-cache, no-transform',
        'x-accel-buffering': 'no',
        'transfer-encoding': 'chunked',
      });
      await response.body?.cancel();
    }
  });

  test('HEAD is answered like GET, and takes no stream', async () => {
    for (const path of [`${EVENTS}/stream`, `${EVENTS}/test`]) {
      const response = await harness.get(path, { method: 'HEAD' });
      expect(response.status).toBe(200);
      expect(response.headers.get('content-type')).toBe('text/event-stream');
      expect(response.headers.get('cache-control')).toBe('no-cache, no-transform');
      expect(harness.gateway.activeConnections).toBe(0);
    }
  });

  test('a client of HTTP/1.0 gets a stream that is not chunked', async () => {
    const answer = await exchange(
      `GET ${EVENTS}/stream HTTP/1.0\r\nHost: localhost\r\nAuthorization: Bearer ${TEST_KEY}\r\n\r\n`,
      (text) => text.includes('event: snapshot'),
    );
    const [head = '', body = ''] = answer.split('\r\n\r\n');
    expect(head).not.toMatch(/transfer-encoding/i);
    expect(head).toMatch(/^connection: close$/im);
    expect(body).toMatch(/^event: connected\ndata: \{.*\}\n\nid: \w+:0\nevent: snapshot\n/);
  });

  test.each([
    [`${EVENTS}/stream?unknown=1`, 'query.unknown'],
    [`${EVENTS}/stream?channels=downloads,nonsense`, 'query.channels'],
    [`${EVENTS}/stream?interval_ms=300`, 'query.interval_ms'],
    [`${EVENTS}/stream?download_id=a.b`, 'query.download_id'],
    [`${EVENTS}/stream?channels=${Array(13).fill('queue')}`, 'query.channels'],
    [`${EVENTS}/stream?download_id=${Array.from({ length: 101 }, (_, n) => n)}`, 'query.download_id'],
    [`${EVENTS}/queue?status=${Array(101).fill('failed')}`, 'query.status'],
    [`${EVENTS}/queue?status=gone`, 'query.status'],
    [`${EVENTS}/system?channels=queue`, 'query.channels'],
    [`${EVENTS}/downloads/a.b`, 'params.id'],
    [`${EVENTS}/test?count=0`, 'query.count'],
  ])('%s is refused, naming %s', async (path, field) => {
    const response = await harness.get(path);
    expect(response.status).toBe(400);
    expect(response.headers.get('content-type')).toMatch(/^application\/problem\+json/);
    const problem = await response.json();
    expect(problem.code).toBe('VALIDATION_FAILED');
    expect(problem.invalid_params[0].field.startsWith(field)).toBe(true);
  });

  test('an Accept that excludes streams is refused as a problem', async () => {
    for (const accept of ['application/json', 'text/event-stream;q=0', 'text/html, */*;q=0']) {
      const response = await harness.get(`${EVENTS}/stream`, { headers: { accept } });
      expect(response.status).toBe(406);
      expect(response.headers.get('content-type')).toMatch(/^application\/problem\+json/);
      expect(await response.json()).toMatchObject({
        code: 'NOT_ACCEPTABLE',
        status: 406,
        instance: `${EVENTS}/stream`,
      });
    }
  });

  test('another method is refused, and told which ones there are', async () => {
    for (const method of ['POST', 'PUT', 'DELETE']) {
      const response = await harness.get(`${EVENTS}/stream`, { method });
      expect([response.status, response.headers.get('allow')]).toEqual([405, 'GET, HEAD']);
      expect(await response.json()).toMatchObject({ code: 'METHOD_NOT_ALLOWED' });
    }
  });

  test('pages of listed origins may read, with credentials and a Last-Event-ID; others may not', async () => {
    const preflight = (origin: string) =>
      fetch(`${harness.origin}${EVENTS}/stream`, {
        method: 'OPTIONS',
        headers: { origin, 'access-control-request-method': 'GET', 'access-control-request-headers': 'last-event-id' },
      });
    const allowed = await preflight(PAGE);
    expect(allowed.ok).toBe(true);
    expect(allowed.headers.get('access-control-allow-origin')).toBe(PAGE);
    expect(allowed.headers.get('access-control-allow-credentials')).toBe('true');
    expect(allowed.headers.get('access-control-allow-headers')).toMatch(/content-type, last-event-id/i);
    // Tokens are made by POST.
    expect(allowed.headers.get('access-control-allow-methods')).toBe('GET, HEAD, POST');
    expect((await preflight('https://evil.example.com')).headers.get('access-control-allow-origin')).toBeNull();

    for (const [origin, seen] of [
      [PAGE, PAGE],
      ['https://evil.example.com', null],
    ] as const) {
      const stream = await harness.get(`${EVENTS}/stream`, { headers: { origin } });
      expect(stream.headers.get('access-control-allow-origin')).toBe(seen);
      await stream.body?.cancel();
      // Why it was refused, a page must be able to read as well.
      const refused = await fetch(`${harness.origin}${EVENTS}/stream`, { headers: { origin } });
      expect([refused.status, refused.headers.get('access-control-allow-origin')]).toEqual([401, seen]);
    }
  });

  test('the test stream paces its events and ends', async () => {
    const stream = await harness.open(`${EVENTS}/test?count=4&interval_ms=100`);
    await stream.ended;
    expect(stream.received.map(({ event, data }) => [event, data.n])).toEqual([1, 2, 3, 4].map((n) => ['test', n]));
    const times = stream.received.map(({ data }) => Date.parse(String(data.server_time)));
    // Timers may be late, hardly ever early: three gaps of 100 ms.
    expect((times.at(-1) ?? 0) - (times[0] ?? 0)).toBeGreaterThanOrEqual(250);
  });

  test('a host that is not ours is refused', async () => {
    const answer = await exchange(
      `GET ${EVENTS}/stream HTTP/1.1\r\nHost: evil.example.com\r\nConnection: close\r\nAuthorization: Bearer ${TEST_KEY}\r\n\r\n`,
      () => false,
    );
    expect(answer).toMatch(/^HTTP\/1.1 403 .*HOST_REFUSED/s);
  });
});

test('switched off, every stream is refused as SSE_DISABLED', async () => {
  const harness = await GatewayHarness.start({ HERMES_ENABLE_SSE: 'false' });
  try {
    for (const path of ['/stream', '/queue', '/system', '/downloads/one', '/test']) {
      const response = await harness.get(EVENTS + path);
      expect([path, response.status, (await response.json()).code]).toEqual([path, 503, 'SSE_DISABLED']);
      expect(response.headers.get('retry-after')).toBe('10');
    }
    expect(await (await harness.get(`${EVENTS}/health`)).json()).toMatchObject({ enabled: false });
  } finally {
    await harness.close();
  }
});

test.each([
  ['in total', 'HERMES_SSE_MAX_CONNECTIONS', 'server'],
  ['of one credential', 'HERMES_SSE_MAX_CONNECTIONS_PER_KEY', 'credential'],
  ['of one address', 'HERMES_SSE_MAX_CONNECTIONS_PER_ADDRESS', 'address'],
] as const)('no more streams than may be: %s', async (_name, variable, word) => {
  const harness = await GatewayHarness.start({ [variable]: '2' });
  try {
    // All at once: what is being opened counts.
    const answers = await Promise.all(Array.from({ length: 10 }, () => harness.open(`${EVENTS}/stream`)));
    const opened = answers.filter(({ response }) => response.status === 200);
    const refused = answers.filter(({ response }) => response.status === 503);
    expect([opened.length, refused.length]).toEqual([2, 8]);
    const response = await harness.get(`${EVENTS}/test`);
    expect(Number(response.headers.get('retry-after'))).toBeGreaterThan(0);
    const problem = await response.json();
    expect([response.status, problem.code]).toEqual([503, 'SSE_CAPACITY']);
    expect(problem.detail.toLowerCase()).toContain(word);
    opened[0]?.close();
    await vi.waitFor(async () => {
      const next = await harness.get(`${EVENTS}/stream`);
      expect(next.status).toBe(200);
      await next.body?.cancel();
    }, WAIT);
  } finally {
    await harness.close();
  }
});

test('the address that a proxy names counts only if the proxy itself is trusted', async () => {
  const harness = await GatewayHarness.start({
    HERMES_SSE_MAX_CONNECTIONS_PER_ADDRESS: '1',
    HERMES_TRUSTED_PROXIES: '127.0.0.2',
  });
  const sockets: Socket[] = [];
  /** The status that a client at `from` gets, whose request says that it was forwarded for `address`. */
  const askFrom = (from: string, address: string) =>
    new Promise<string>((done, fail) => {
      const { hostname, port } = new URL(harness.origin);
      const socket = connect({ host: hostname, port: Number(port), localAddress: from });
      sockets.push(socket);
      socket.once('data', (bytes) => done(bytes.toString().slice(9, 12))).on('error', fail);
      socket.write(
        `GET ${EVENTS}/stream HTTP/1.1\r\nHost: localhost\r\nX-Forwarded-For: ${address}\r\n` +
          `Authorization: Bearer ${TEST_KEY}\r\n\r\n`,
      );
    });
  try {
    expect(await askFrom('127.0.0.2', '203.0.113.1')).toBe('200');
    expect(await askFrom('127.0.0.2', '203.0.113.2')).toBe('200');
    expect(await askFrom('127.0.0.2', '203.0.113.1')).toBe('503');
    // What the client itself writes before the address that the proxy adds is only a claim.
    expect(await askFrom('127.0.0.2', '198.51.100.7, 203.0.113.1')).toBe('503');
    // Nobody vouches for this one: it counts as what it is, whatever it says.
    expect(await askFrom('127.0.0.3', '203.0.113.3')).toBe('200');
    expect(await askFrom('127.0.0.3', '203.0.113.4')).toBe('503');
  } finally {
    for (const socket of sockets) socket.destroy();
    await harness.close();
  }
});

test('the address is that of X-Forwarded-For for a trusted proxy only', async () => {
  for (const [proxies, expected] of [
    ['', [200, 503]],
    ['127.0.0.0/8', [200, 200]],
  ] as const) {
    const harness = await GatewayHarness.start({
      HERMES_SSE_MAX_CONNECTIONS_PER_ADDRESS: '1',
      HERMES_TRUSTED_PROXIES: proxies,
    });
    try {
      const one = await harness.open(`${EVENTS}/stream`, { 'x-forwarded-for': '203.0.113.1' });
      const two = await harness.open(`${EVENTS}/stream`, { 'x-forwarded-for': '203.0.113.2' });
      expect([one.response.status, two.response.status]).toEqual(expected);
    } finally {
      await harness.close();
    }
  }
});
