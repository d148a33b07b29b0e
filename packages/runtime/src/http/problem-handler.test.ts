import { type AddressInfo, connect } from 'node:net';
import { PROBLEM_CONTENT_TYPE, type Problem, problemSchema } from '@hermes/contracts';
import Fastify, { errorCodes, type FastifyInstance, type InjectOptions } from 'fastify';
import { afterEach, describe, expect, it } from 'vitest';
import { loadConfig } from '../config.ts';
import { createLogger } from '../logger.ts';
import { ProblemError } from '../problem-error.ts';
import { answerProblems, toProblemError } from './problem-handler.ts';
import { serverOptions } from './server-options.ts';

const INTERNAL_TEXT = 'SELECT secret FROM /srv/hermes';
let app: FastifyInstance | null = null;
const lines: string[] = [];
afterEach(async () => {
  await app?.close();
  app = null;
  lines.length = 0;
});

/** A server of ours whose one route fails as it is told to. */
function build(fail: () => unknown = () => undefined): FastifyInstance {
  const logger = createLogger('test', 'info', { write: (line: string) => void lines.push(line) });
  const server = Fastify(serverOptions(loadConfig({}), logger));
  answerProblems(server);
  server.route({
    method: ['GET', 'POST'],
    url: '/items/:id',
    bodyLimit: 100,
    handler: async () => {
      const thrown = fail();
      if (thrown !== undefined) throw thrown;
      return { ok: true };
    },
  });
  app = server;
  return server;
}

async function ask(server: FastifyInstance, options: InjectOptions | string) {
  const response = await server.inject(options);
  expect(response.headers['content-type']).toBe(`${PROBLEM_CONTENT_TYPE}; charset=utf-8`);
  expect(response.headers['cache-control']).toBe('no-store');
  const problem: Problem = problemSchema.parse(response.json());
  expect(problem.status).toBe(response.statusCode);
  return { problem, headers: response.headers };
}

const json = { 'content-type': 'application/json' };

describe('what Fastify refuses', () => {
  it.each([
    ['an unknown address', { url: '/nowhere?token=abc' }, 404, 'NOT_FOUND'],
    ['a wrong method', { method: 'DELETE' as const, url: '/items/1' }, 404, 'NOT_FOUND'],
    ['no JSON', { method: 'POST' as const, url: '/items/1', headers: json, payload: '{' }, 400, 'VALIDATION_FAILED'],
    [
      'an empty body',
      { method: 'POST' as const, url: '/items/1', headers: json, payload: '' },
      400,
      'VALIDATION_FAILED',
    ],
    [
      'a body that poisons prototypes',
      { method: 'POST' as const, url: '/items/1', headers: json, payload: '{"__proto__":{"a":1}}' },
      400,
      'VALIDATION_FAILED',
    ],
    [
      'a body too large',
      { method: 'POST' as const, url: '/items/1', headers: json, payload: JSON.stringify('x'.repeat(200)) },
      413,
      'PAYLOAD_TOO_LARGE',
    ],
    [
      'another type of body',
      { method: 'POST' as const, url: '/items/1', headers: { 'content-type': 'text/xml' }, payload: '<a/>' },
      415,
      'UNSUPPORTED_MEDIA_TYPE',
    ],
    ['a URL that cannot be decoded', { url: '/items/%zz?token=abc' }, 400, 'VALIDATION_FAILED'],
    ['an id too long', { url: `/items/${'x'.repeat(201)}` }, 404, 'NOT_FOUND'],
  ])('%s', async (_, options, status, code) => {
    const { problem } = await ask(build(), options);
    expect([problem.status, problem.code]).toEqual([status, code]);
    expect(JSON.stringify(problem)).not.toContain('token');
    expect(lines).toEqual([]);
  });

  it('has an answer of its class for every error that it knows', () => {
    for (const [name, Code] of Object.entries(errorCodes)) {
      const error = new Code('a', 'b');
      const problem = toProblemError(error);
      const expected = (error.statusCode ?? 500) < 500 ? 4 : 5;
      expect(Math.floor(problem.status / 100), name).toBe(expected);
      if (expected === 5) expect(problem.code, name).toBe('INTERNAL');
    }
  });

  it.each([
    [405, 'METHOD_NOT_ALLOWED'],
    [406, 'NOT_ACCEPTABLE'],
    [429, 'RATE_LIMITED'],
    [422, 'VALIDATION_FAILED'],
    [502, 'INTERNAL'],
    [200, 'INTERNAL'],
  ])('a plugin’s error of status %i is %s', (statusCode, code) => {
    expect(toProblemError(Object.assign(new Error('no'), { statusCode })).code).toBe(code);
  });

  it('what is no HTTP at all', async () => {
    const server = build();
    await server.listen({ host: '127.0.0.1', port: 0 });
    const socket = connect((server.server.address() as AddressInfo).port, '127.0.0.1');
    socket.end('NONSENSE\r\n\r\n');
    let text = '';
    for await (const chunk of socket) text += String(chunk);
    const [head, body] = text.split('\r\n\r\n');
    expect(head).toMatch(/^HTTP\/1\.1 400 /);
    expect(head).toContain(`Content-Type: ${PROBLEM_CONTENT_TYPE}`);
    expect(problemSchema.parse(JSON.parse(body ?? '')).code).toBe('VALIDATION_FAILED');
  });
});

describe('what a route throws', () => {
  it('is answered as it is, if it is a problem', async () => {
    const server = build(
      () =>
        new ProblemError('RATE_LIMITED', {
          retryAfterSeconds: 17,
          detail: 'Slower',
          invalidParams: [{ field: 'a', message: 'b' }],
        }),
    );
    const { problem, headers } = await ask(server, '/items/1?token=abc');
    expect(problem).toEqual({
      type: 'about:blank',
      title: 'Too many requests',
      status: 429,
      code: 'RATE_LIMITED',
      detail: 'Slower',
      instance: '/items/1',
      invalid_params: [{ field: 'a', message: 'b' }],
    });
    expect(headers['retry-after']).toBe('17');
  });

  it.each<[string, unknown]>([
    ['an error', new Error(INTERNAL_TEXT)],
    ['an error with a status of the server', Object.assign(new Error(INTERNAL_TEXT), { statusCode: 500 })],
    ['an error with a cause', new TypeError('x', { cause: new Error(INTERNAL_TEXT) })],
    ['a missing file', Object.assign(new Error(`ENOENT: ${INTERNAL_TEXT}`), { code: 'ENOENT', syscall: 'open' })],
    ['a text', INTERNAL_TEXT],
    ['an object', { message: INTERNAL_TEXT, statusCode: 400 }],
    ['null', null],
  ])('tells nothing of %s', async (_, thrown) => {
    const { problem } = await ask(
      build(() => thrown),
      '/items/1',
    );
    expect(problem).toEqual({
      type: 'about:blank',
      title: 'Something went wrong here',
      status: 500,
      code: 'INTERNAL',
      instance: '/items/1',
    });
    expect(lines).toHaveLength(1);
    if (thrown !== null) expect(lines[0]).toContain(INTERNAL_TEXT);
  });

  it.each([
    new Error("Stream isn't writeable and enableOfflineQueue options is false"),
    new Error('Connection is closed.'),
    new Error('Command timed out'),
    Object.assign(new Error('connect ENOENT /srv/hermes/redis.sock'), { code: 'ENOENT', syscall: 'connect' }),
  ])('is answered with 503 if Redis is away: $message', async (error) => {
    const { problem, headers } = await ask(
      build(() => error),
      '/items/1',
    );
    expect([problem.status, problem.code]).toEqual([503, 'REDIS_UNAVAILABLE']);
    expect(Number(headers['retry-after'])).toBeGreaterThan(0);
    expect(JSON.stringify(problem)).not.toContain(error.message);
    expect(lines).toHaveLength(1);
    expect(lines[0]).not.toContain('problem-handler.test.ts');
  });

  it('keeps a Retry-After that a plugin has set', async () => {
    const server = build();
    server.get('/limited', async (_, reply) => {
      reply.header('retry-after', '42');
      throw Object.assign(new Error('no'), { statusCode: 429 });
    });
    const { problem, headers } = await ask(server, '/limited');
    expect(problem.code).toBe('RATE_LIMITED');
    expect(headers['retry-after']).toBe('42');
  });
});

describe('a server that stops', () => {
  it('answers what still comes as SHUTTING_DOWN', async () => {
    const server = build();
    const answers: Response[] = [];
    server.addHook('preClose', async () => {
      answers.push(await fetch(`http://127.0.0.1:${(server.server.address() as AddressInfo).port}/items/1`));
    });
    await server.listen({ host: '127.0.0.1', port: 0 });
    await server.close();
    const [answer] = answers;
    expect(answer?.status).toBe(503);
    expect(Number(answer?.headers.get('retry-after'))).toBeGreaterThan(0);
    expect(problemSchema.parse(await answer?.json()).code).toBe('SHUTTING_DOWN');
  });
});
