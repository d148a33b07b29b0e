import { createTokenResponseSchema, SESSION_COOKIE } from '@hermes/contracts';
import { hashSecret } from '@hermes/runtime';
import { afterAll, beforeAll, describe, expect, test, vi } from 'vitest';
import { GatewayHarness, TEST_KEY, WAIT } from '../testing/gateway-harness.ts';

const EVENTS = '/api/v1/events';

let harness: GatewayHarness;
beforeAll(async () => {
  harness = await GatewayHarness.start();
  await harness.createDownload('one');
  await harness.createDownload('two');
  await harness.mirror('reader', { name: 'laptop' });
  await harness.mirror('writer', { permissions: ['write'] });
});
afterAll(() => harness.close());

async function tokenFor(scope: string, ttl = 300, key = TEST_KEY): Promise<string> {
  const response = await harness.createToken({ scope, ttl }, key);
  return createTokenResponseSchema.parse(await response.json()).token;
}

/** Status and code that a path is answered with. */
async function answerTo(path: string, token: string): Promise<[number, string | undefined]> {
  const { response, ...stream } = await open(path, token);
  if (response.status !== 200) return [response.status, (await response.json()).code];
  stream.abort();
  return [200, undefined];
}

async function open(path: string, token: string) {
  const abort = new AbortController();
  const url = `${harness.origin}${EVENTS}${path}${path.includes('?') ? '&' : '?'}token=${token}`;
  return { response: await fetch(url, { signal: abort.signal }), abort: () => abort.abort() };
}

describe('a token', () => {
  test('is made for a scope and a time, by whoever may read', async () => {
    const before = Date.now();
    const response = await harness.createToken({ scope: 'download:one', ttl: 60 });
    expect([response.status, response.headers.get('cache-control')]).toEqual([201, 'no-store']);
    const made = createTokenResponseSchema.parse(await response.json());
    expect(made).toMatchObject({ scope: 'download:one', ttl: 60 });
    expect(Date.parse(made.expires_at)).toBeGreaterThanOrEqual(before + 60_000);
    expect(Date.parse(made.expires_at)).toBeLessThanOrEqual(Date.now() + 60_000);
    const untimed = await (await harness.createToken({ scope: 'all' })).json();
    expect([untimed.ttl, untimed.token === made.token]).toEqual([300, false]);
    // Redis knows its hash only, and forgets it.
    const sha256 = hashSecret(made.token);
    const lasts = await harness.commands.pttl(harness.keys.token(sha256));
    expect(lasts).toBeGreaterThan(60_000);
    expect(lasts).toBeLessThanOrEqual(120_000);
    expect(await harness.commands.get(harness.keys.token(sha256))).not.toContain(made.token);
  });

  test.each([
    [{ scope: 'everything' }, 'body.scope'],
    [{ scope: 'download:' }, 'body.scope'],
    [{ scope: 'download:a.b' }, 'body.scope'],
    [{}, 'body.scope'],
    [{ scope: 'all', ttl: 0 }, 'body.ttl'],
    [{ scope: 'all', ttl: 3601 }, 'body.ttl'],
    [{ scope: 'all', ttl: 1.5 }, 'body.ttl'],
    [{ scope: 'all', permissions: ['admin'] }, 'body.permissions'],
    [null, 'body'],
  ])('of %j is refused, naming %s', async (body, field) => {
    const response = await harness.createToken(body);
    const problem = await response.json();
    expect([response.status, problem.code, problem.invalid_params[0].field]).toEqual([400, 'VALIDATION_FAILED', field]);
  });

  test('of a download that is neither live nor recent is refused', async () => {
    const response = await harness.createToken({ scope: 'download:nobody' });
    expect([response.status, (await response.json()).code]).toEqual([404, 'DOWNLOAD_NOT_FOUND']);
  });

  test('takes no query, and no key that may not read', async () => {
    const post = (path: string, key: string) =>
      fetch(harness.origin + path, {
        method: 'POST',
        headers: { authorization: `Bearer ${key}`, 'content-type': 'application/json' },
        body: '{"scope":"all"}',
      });
    expect((await post(`${EVENTS}/token?ttl=5`, TEST_KEY)).status).toBe(400);
    expect((await post(`${EVENTS}/token`, 'writer')).status).toBe(403);
    expect((await post(`${EVENTS}/token`, 'nobody')).status).toBe(401);
  });

  test('does not outlive the credential that made it', async () => {
    const end = new Date(Date.now() + 20_000).toISOString();
    await harness.mirror('ending', { expires_at: end });
    const made = await (await harness.createToken({ scope: 'all', ttl: 3600 }, 'ending')).json();
    expect(made.expires_at).toBe(end);
    expect(made.ttl).toBeLessThanOrEqual(20);
  });

  test('makers are limited in how many they may ask for', async () => {
    const limited = await GatewayHarness.beside(harness, { HERMES_RATE_LIMIT_PER_MINUTE: '2' });
    const statuses: number[] = [];
    for (const key of ['reader', 'reader', 'reader', TEST_KEY]) {
      const response = await limited.createToken({ scope: 'all' }, key);
      statuses.push(response.status);
      if (response.status === 429) expect(Number(response.headers.get('retry-after'))).toBeGreaterThan(0);
    }
    expect(statuses).toEqual([201, 201, 429, 201]);
  });
});

describe('its scope', () => {
  const FORBIDDEN = [403, 'FORBIDDEN'];
  const OPEN = [200, undefined];

  test.each([
    ['queue', ['/queue', '/queue?status=failed', '/stream?channels=queue', '/stream']],
    ['stats', ['/stream?channels=stats', '/stream']],
    ['system', ['/system', '/stream?channels=system', '/stream']],
    [
      'download:one',
      ['/downloads/one', '/stream', '/stream?channels=downloads', '/stream?channels=downloads&download_id=one'],
    ],
    [
      'all',
      [
        '/stream',
        '/stream?channels=storage,analytics',
        '/queue',
        '/system',
        '/downloads/two',
        '/test',
        '/test?count=1',
      ],
    ],
  ])('%s opens %j', async (scope, paths) => {
    const token = await tokenFor(scope);
    for (const path of paths) expect([path, ...(await answerTo(path, token))]).toEqual([path, ...OPEN]);
  });

  test.each([
    ['queue', ['/system', '/downloads/one', '/test', '/stream?channels=queue,stats', '/stream?channels=downloads']],
    ['stats', ['/queue', '/system', '/downloads/one', '/test', '/stream?channels=queue']],
    ['system', ['/queue', '/downloads/one', '/test', '/stream?channels=stats']],
    [
      'download:one',
      [
        '/downloads/two',
        '/queue',
        '/system',
        '/test',
        '/stream?channels=downloads,queue',
        '/stream?channels=downloads&download_id=two',
        '/stream?channels=downloads&download_id=one,two',
      ],
    ],
  ])('%s does not open %j', async (scope, paths) => {
    const token = await tokenFor(scope);
    for (const path of paths) expect([path, ...(await answerTo(path, token))]).toEqual([path, ...FORBIDDEN]);
    const problem = await (await open(paths[0] ?? '', token)).response.json();
    expect(problem.detail).toContain(`"${scope}"`);
  });

  test('of a download lets nothing of another through', async () => {
    const stream = await harness.openByToken(`${EVENTS}/stream`, await tokenFor('download:one'));
    const snapshot = await stream.next('snapshot');
    expect(snapshot.data.downloads).toMatchObject([{ download_id: 'one' }]);
    for (const id of ['two', 'one']) await harness.publisher.claimAttempt(id, {});
    await stream.next('download_status', { download_id: 'one', status: 'downloading' });
    const about = stream.received.flatMap(({ data }) => data.download_id ?? []);
    expect(new Set(about)).toEqual(new Set(['one']));
  });

  test('of stats shows numbers, and no download', async () => {
    const stream = await harness.openByToken(`${EVENTS}/stream`, await tokenFor('stats'));
    expect((await stream.next('connected')).data.topics).toEqual(['stats']);
    const snapshot = await stream.next('snapshot');
    expect(snapshot.data.downloads).toEqual([]);
    expect(snapshot.data.counts).toMatchObject({ completed: 0 });
    expect(JSON.stringify(snapshot.data)).not.toContain('files.example');
  });

  test('goes on from its cursor, without a header', async () => {
    const token = await tokenFor('all');
    const stream = await harness.openByToken(`${EVENTS}/stream`, token);
    await stream.next('snapshot');
    const again = await harness.openByToken(`${EVENTS}/stream?last_event_id=${stream.lastEventId}`, token);
    expect((await again.next('connected')).data.recovered).toBe(true);
  });
});

describe('a token is refused', () => {
  test('where it is unknown, empty, said twice, or a key', async () => {
    for (const token of ['unknown', '', 'a&token=b', TEST_KEY]) {
      expect([token, ...(await answerTo('/stream', token))]).toEqual([token, 401, 'INVALID_CREDENTIAL']);
    }
  });

  test('on everything that is not a stream, and as a key', async () => {
    const token = await tokenFor('all');
    const as = (headers: Record<string, string>) => ({ method: 'POST', headers, body: '{"scope":"all"}' });
    const json = { 'content-type': 'application/json' };
    const answers = [
      await fetch(`${harness.origin}${EVENTS}/token?token=${token}`, as(json)),
      await fetch(`${harness.origin}${EVENTS}/connections?token=${token}`),
      await fetch(`${harness.origin}${EVENTS}/token`, as({ ...json, authorization: `Bearer ${token}` })),
      await fetch(`${harness.origin}${EVENTS}/stream`, { headers: { authorization: `Bearer ${token}` } }),
      await fetch(`${harness.origin}${EVENTS}/stream`, { headers: { 'x-api-key': token } }),
      await fetch(`${harness.origin}${EVENTS}/stream`, { headers: { cookie: `${SESSION_COOKIE}=${token}` } }),
    ];
    expect(answers.map(({ status }) => status)).toEqual(Array(answers.length).fill(401));
  });

  test('although the browser sends a good cookie with it: an expired token never becomes another caller', async () => {
    const response = await fetch(`${harness.origin}${EVENTS}/stream?token=gone`, {
      headers: { cookie: `${SESSION_COOKIE}=${TEST_KEY}` },
    });
    expect(response.status).toBe(401);
  });

  test('once it has expired, and an open stream ends then', async () => {
    const made = await (await harness.createToken({ scope: 'all', ttl: 1 })).json();
    const [stream, test] = [
      await harness.openByToken(`${EVENTS}/stream`, made.token),
      await harness.openByToken(`${EVENTS}/test?interval_ms=60000`, made.token),
    ];
    for (const each of [stream, test]) {
      expect((await each.next('auth_expired')).data).toMatchObject({ reason: 'expired' });
      await each.ended;
      expect(each.received.at(-1)?.event).toBe('auth_expired');
    }
    expect(await answerTo('/stream', made.token)).toEqual([401, 'CREDENTIAL_EXPIRED']);
  });
});

describe('with the credential that made it', () => {
  const tell = (message: object) => harness.commands.publish(harness.keys.control, JSON.stringify(message));

  test.each([
    ['its key is revoked', 'key-1', { key_id: 'k1' }, { type: 'revoke', key_id: 'k1' }],
    [
      'its session is logged out',
      'session-1',
      { key_id: 'k2', kind: 'session' as const },
      { type: 'end_session', sha256: hashSecret('session-1') },
    ],
  ])('a token ends when %s, on every gateway', async (_name, secret, credential, message) => {
    const other = await GatewayHarness.beside(harness);
    await harness.mirror(secret, credential);
    const token = await tokenFor('all', 300, secret);
    const others = await tokenFor('all', 300, 'reader');
    const [here, there, test, unharmed] = [
      await harness.openByToken(`${EVENTS}/stream`, token),
      await other.openByToken(`${EVENTS}/queue`, token),
      await harness.openByToken(`${EVENTS}/test?interval_ms=60000`, token),
      await harness.openByToken(`${EVENTS}/stream`, others),
    ];
    await Promise.all([here, there, unharmed].map((each) => each.next('connected')));
    await harness.commands.hdel(harness.keys.credentials, hashSecret(secret));
    await tell(message);
    for (const each of [here, there, test]) {
      expect((await each.next('auth_expired')).data).toMatchObject({ reason: 'revoked' });
      await each.ended;
    }
    expect(unharmed.isEnded).toBe(false);
    expect(await answerTo('/stream', token)).toEqual([401, 'INVALID_CREDENTIAL']);
  });

  test('a token is worth nothing although this gateway has not heard of the revocation', async () => {
    await harness.mirror('unheard', {});
    const token = await tokenFor('all', 300, 'unheard');
    expect(await answerTo('/stream', token)).toEqual([200, undefined]);
    await harness.commands.hdel(harness.keys.credentials, hashSecret('unheard'));
    expect(await answerTo('/stream', token)).toEqual([401, 'INVALID_CREDENTIAL']);
  });

  test('it counts, and is named', async () => {
    const limited = await GatewayHarness.beside(harness, { HERMES_SSE_MAX_CONNECTIONS_PER_KEY: '1' });
    const token = await tokenFor('queue', 300, 'reader');
    await limited.openByToken(`${EVENTS}/stream`, token);
    const refused = await fetch(`${limited.origin}${EVENTS}/stream`, { headers: { 'x-api-key': 'reader' } });
    expect([refused.status, (await refused.json()).code]).toEqual([503, 'SSE_CAPACITY']);
    expect(limited.context.connections.all()[0]?.origin.credential?.name).toBe('laptop');
  });
});

test('a revocation that was missed while Redis was away ends the streams of its tokens', async () => {
  const own = await GatewayHarness.start();
  try {
    await own.mirror('missed', {});
    const { token } = await (await own.createToken({ scope: 'all' }, 'missed')).json();
    const { token: fine } = await (await own.createToken({ scope: 'all' })).json();
    const [stream, other] = [
      await own.openByToken(`${EVENTS}/stream`, token),
      await own.openByToken(`${EVENTS}/stream`, fine),
    ];
    await Promise.all([stream, other].map((each) => each.next('connected')));
    await own.commands.hdel(own.keys.credentials, hashSecret('missed'));
    await own.redis.stop();
    await stream.next('system_notification', { code: 'REDIS_UNAVAILABLE' });
    await own.redis.restart();
    expect((await stream.next('auth_expired')).data).toMatchObject({ reason: 'revoked' });
    expect(other.isEnded).toBe(false);
    expect(own.logLines.join('')).not.toMatch(new RegExp(`${token}|${fine}`));
  } finally {
    await own.close();
  }
});

test('with authentication off tokens are made, and nobody looks at them', async () => {
  const open = await GatewayHarness.beside(harness, { HERMES_AUTH: 'off' });
  const made = await open.createToken({ scope: 'queue' });
  expect(made.status).toBe(201);
  const { token } = await made.json();
  const stream = await open.openByToken(`${EVENTS}/system`, token);
  await stream.next('connected');
  // Made by nobody, it is worth nothing where somebody looks.
  expect(await answerTo('/queue', token)).toEqual([401, 'INVALID_CREDENTIAL']);
});

test('no token reaches the log', async () => {
  const token = await tokenFor('queue');
  await answerTo('/system', token);
  await answerTo('/queue?nonsense=1', token);
  await fetch(`${harness.origin}${EVENTS}/token?token=${token}`, { method: 'POST' });
  await vi.waitFor(() => expect(harness.logLines.length).toBeGreaterThan(0), WAIT);
  expect(harness.logLines.join('')).not.toContain(token);
});
