import { type AddressInfo, connect } from 'node:net';
import { type Credential, PERMISSIONS, type Permission } from '@hermes/contracts';
import Fastify, { type FastifyInstance } from 'fastify';
import { afterEach, describe, expect, it } from 'vitest';
import { type GuardOptions, guard, hashSecret } from './guard.ts';
import { answerProblems } from './problem-handler.ts';

const HOUR = 3_600_000;
const ORIGIN = 'https://hermes.example.com';
let app: FastifyInstance | null = null;
afterEach(async () => {
  await app?.close();
  app = null;
});

const credential = (permissions: Permission[], expiresInMs: number | null = null): Credential => ({
  kind: 'api_key',
  key_id: 'k1',
  name: 'laptop',
  permissions,
  expires_at: expiresInMs === null ? null : new Date(Date.now() + expiresInMs).toISOString(),
});

const CREDENTIALS: Record<string, Credential> = {
  reader: credential(['read']),
  writer: credential(['write']),
  downloader: credential(['download']),
  admin: credential(['admin']),
  fresh: credential(['read'], HOUR),
  expired: credential(['read'], -1),
  broken: { ...credential(['read']), expires_at: 'soon' },
};

function build(options: Partial<GuardOptions> = {}): FastifyInstance {
  const server = Fastify();
  answerProblems(server);
  const byHash = new Map(Object.entries(CREDENTIALS).map(([secret, value]) => [hashSecret(secret), value]));
  guard(server, {
    authentication: 'on',
    allowedOrigins: [ORIGIN],
    host: '127.0.0.1',
    findCredential: async (sha256) => byHash.get(sha256) ?? null,
    ...options,
  });
  for (const permission of ['public', ...PERMISSIONS] as const) {
    server.route({
      method: ['GET', 'POST', 'DELETE'],
      url: `/${permission}`,
      config: { permission },
      handler: async (request) => ({ name: request.credential?.name ?? null, hash: request.credentialHash }),
    });
  }
  app = server;
  return server;
}

type Headers = Record<string, string>;
const HOST = { host: '127.0.0.1:3000' };

async function ask(server: FastifyInstance, url: string, headers: Headers, method: 'GET' | 'POST' | 'DELETE' = 'GET') {
  const response = await server.inject({ method, url, headers: { ...HOST, ...headers } });
  const body = response.json();
  return { status: response.statusCode, code: body.code as string | undefined, body, headers: response.headers };
}

describe('the credential', () => {
  it.each<[string, Headers, number, string | undefined]>([
    ['a bearer', { authorization: 'Bearer reader' }, 200, undefined],
    ['a bearer in small letters', { authorization: 'bearer reader' }, 200, undefined],
    ['a key header', { 'x-api-key': 'reader' }, 200, undefined],
    ['a cookie', { cookie: 'hermes_session=reader' }, 200, undefined],
    ['a cookie among others', { cookie: 'a=b; hermes_session=reader; hermes_sessions=x' }, 200, undefined],
    ['one that will expire', { 'x-api-key': 'fresh' }, 200, undefined],
    ['none', {}, 401, 'UNAUTHENTICATED'],
    ['another cookie', { cookie: 'session=reader; xhermes_session=reader' }, 401, 'UNAUTHENTICATED'],
    ['an unknown key', { 'x-api-key': 'nobody' }, 401, 'INVALID_CREDENTIAL'],
    ['an empty key', { 'x-api-key': '' }, 401, 'INVALID_CREDENTIAL'],
    ['an empty cookie', { cookie: 'hermes_session=' }, 401, 'INVALID_CREDENTIAL'],
    ['another scheme', { authorization: 'Basic reader' }, 401, 'INVALID_CREDENTIAL'],
    ['a bearer of two words', { authorization: 'Bearer reader admin' }, 401, 'INVALID_CREDENTIAL'],
    ['an expired key', { 'x-api-key': 'expired' }, 401, 'CREDENTIAL_EXPIRED'],
    ['one whose end cannot be read', { 'x-api-key': 'broken' }, 401, 'CREDENTIAL_EXPIRED'],
    [
      'a bad header before a good cookie',
      { authorization: 'x', cookie: 'hermes_session=reader' },
      401,
      'INVALID_CREDENTIAL',
    ],
    ['a hash in place of its secret', { 'x-api-key': hashSecret('reader') }, 401, 'INVALID_CREDENTIAL'],
  ])('%s', async (_, headers, status, code) => {
    const answer = await ask(build(), '/read', headers);
    expect([answer.status, answer.code]).toEqual([status, code]);
    if (status === 200) expect(answer.body.name).toBe('laptop');
    else expect(answer.headers['www-authenticate']).toBe('Bearer realm="hermes"');
  });

  it('is at hand for the route, with the hash of its secret only', async () => {
    const { body } = await ask(build(), '/read', { 'x-api-key': 'reader' });
    expect(body).toEqual({ name: 'laptop', hash: hashSecret('reader') });
    expect(hashSecret('reader')).toMatch(/^[0-9a-f]{64}$/);
  });

  it('is not looked for on public routes', async () => {
    const server = build({
      findCredential: async () => {
        throw new Error('asked');
      },
    });
    expect(await ask(server, '/public', { 'x-api-key': 'nobody' })).toMatchObject({
      status: 200,
      body: { name: null },
    });
  });

  it('is not asked for while authentication is off', async () => {
    const server = build({ authentication: 'off' });
    expect(await ask(server, '/admin', {})).toMatchObject({ status: 200, body: { name: null } });
    expect(await ask(server, '/admin', { 'x-api-key': 'expired' })).toMatchObject({ status: 200 });
  });

  it('that cannot be looked up is nobody’s fault but Redis’', async () => {
    const server = build({
      findCredential: async () => {
        throw new Error('Connection is closed.');
      },
    });
    expect(await ask(server, '/read', { 'x-api-key': 'reader' })).toMatchObject({
      status: 503,
      code: 'REDIS_UNAVAILABLE',
    });
  });
});

describe('permissions', () => {
  const holders: [string, Permission][] = [
    ['reader', 'read'],
    ['writer', 'write'],
    ['downloader', 'download'],
    ['admin', 'admin'],
  ];
  const matrix = holders.flatMap(([secret, held]) =>
    PERMISSIONS.map((needed) => [held, needed, secret, held === 'admin' || held === needed] as const),
  );

  it.each(matrix)('%s at a route that needs %s', async (_, needed, secret, allowed) => {
    const answer = await ask(build(), `/${needed}`, { 'x-api-key': secret });
    expect(answer.status).toBe(allowed ? 200 : 403);
    if (!allowed)
      expect(answer.body).toMatchObject({ code: 'FORBIDDEN', detail: `This needs the permission "${needed}"` });
  });

  it('are declared by every route, or it cannot be registered', () => {
    const server = build();
    expect(() => server.get('/open', async () => 'x')).toThrow('GET /open declares no permission');
    expect(() => server.get('/open', { config: {} }, async () => 'x')).toThrow(/declares no permission/);
    expect(() =>
      server.register(async (scope) => {
        scope.get('/nested', async () => 'x');
      }),
    ).not.toThrow();
    return expect(server.ready()).rejects.toThrow('GET /nested declares no permission');
  });

  it('of a route that there is not are not asked for', async () => {
    expect(await ask(build(), '/nowhere', {})).toMatchObject({ status: 404, code: 'NOT_FOUND' });
  });

  it('hold for HEAD as for GET', async () => {
    const response = await build().inject({ method: 'HEAD', url: '/read', headers: HOST });
    expect(response.statusCode).toBe(401);
  });
});

describe('the Host header', () => {
  it.each([
    ['127.0.0.1', 200],
    ['127.0.0.1:3000', 200],
    ['localhost:3000', 200],
    ['LOCALHOST', 200],
    ['app.localhost', 200],
    ['[::1]:3000', 200],
    ['192.168.1.20:3000', 200],
    ['hermes.example.com', 200],
    ['hermes.example.com:8443', 200],
    ['nas.lan:3000', 200],
    ['evil.example', 403],
    ['evil.example:3000', 403],
    ['localhost.evil.example', 403],
    ['127.0.0.1.evil.example', 403],
    ['xlocalhost', 403],
    ['evil.example#.localhost', 403],
    ['evil.example@127.0.0.1', 403],
    ['evil.example/127.0.0.1', 403],
  ])('%j: %i', async (host, status) => {
    const answer = await ask(build({ host: 'NAS.lan' }), '/public', { host });
    expect(answer.status).toBe(status);
    if (status === 403) expect(answer.code).toBe('HOST_REFUSED');
  });

  it('must be there', async () => {
    const server = build();
    await server.listen({ host: '127.0.0.1', port: 0 });
    const socket = connect((server.server.address() as AddressInfo).port, '127.0.0.1');
    socket.end('GET /public HTTP/1.0\r\n\r\n');
    let text = '';
    for await (const chunk of socket) text += String(chunk);
    expect(text).toContain('HOST_REFUSED');
  });

  it('is checked before the credential, on every route and with authentication off', async () => {
    for (const url of ['/read', '/public', '/nowhere']) {
      expect(await ask(build({ authentication: 'off' }), url, { host: 'evil.example' })).toMatchObject({
        code: 'HOST_REFUSED',
      });
    }
  });
});

describe('the origin of mutations', () => {
  it.each<[string, Headers, number]>([
    ['no browser', {}, 200],
    ['the same origin, told by the browser', { 'sec-fetch-site': 'same-origin', origin: 'http://127.0.0.1:3000' }, 200],
    ['what a person typed', { 'sec-fetch-site': 'none' }, 200],
    ['the same origin, by name', { origin: 'http://127.0.0.1:3000' }, 200],
    ['an origin that may', { origin: ORIGIN, 'sec-fetch-site': 'cross-site' }, 200],
    ['another site', { 'sec-fetch-site': 'cross-site', origin: 'https://evil.example' }, 403],
    ['another site without its name', { 'sec-fetch-site': 'cross-site' }, 403],
    ['a neighbour of the same site', { 'sec-fetch-site': 'same-site', origin: 'http://127.0.0.1:9000' }, 403],
    ['another origin of an old browser', { origin: 'https://evil.example' }, 403],
    ['another port', { origin: 'http://127.0.0.1:9000' }, 403],
    ['an opaque origin', { origin: 'null' }, 403],
    ['an origin that begins like one that may', { origin: `${ORIGIN}.evil.example` }, 403],
    ['a word that no browser says', { 'sec-fetch-site': 'same-origin, cross-site' }, 403],
  ])('%s', async (_, headers, status) => {
    const server = build();
    for (const method of ['POST', 'DELETE'] as const) {
      const answer = await ask(server, '/write', { cookie: 'hermes_session=writer', ...headers }, method);
      expect(answer.status).toBe(status);
      if (status === 403) expect(answer.code).toBe('ORIGIN_REFUSED');
    }
    const read = await ask(server, '/read', { cookie: 'hermes_session=reader', ...headers });
    expect(read.status).toBe(200);
  });

  it('is checked on public routes and with authentication off as well', async () => {
    const foreign = { origin: 'https://evil.example' };
    expect(await ask(build(), '/public', foreign, 'POST')).toMatchObject({ code: 'ORIGIN_REFUSED' });
    expect(await ask(build({ authentication: 'off' }), '/write', foreign, 'POST')).toMatchObject({
      code: 'ORIGIN_REFUSED',
    });
  });
});
