import Fastify, { type FastifyInstance } from 'fastify';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { answerUnchanged } from './answer-unchanged.ts';

let app: FastifyInstance;
let value: string;

beforeEach(() => {
  value = 'a';
  app = Fastify();
  answerUnchanged(app);
  app.get('/json', async (_request, reply) =>
    reply.header('hermes-cursor', 'e:1').header('vary', 'Origin').send({ value }),
  );
  app.post('/json', async () => ({ value }));
  app.get('/text', async () => value);
  app.get('/secret', async (_request, reply) => reply.header('cache-control', 'no-store').send({ value }));
  app.get('/failed', async (_request, reply) => reply.code(503).send({ value }));
});
afterEach(() => app.close());

const ask = (url: string, tag?: string, method: 'GET' | 'HEAD' | 'POST' = 'GET') =>
  app.inject({ method, url, headers: tag === undefined ? {} : { 'if-none-match': tag } });

async function tagOf(url = '/json'): Promise<string> {
  return String((await ask(url)).headers.etag);
}

describe('answerUnchanged', () => {
  it('marks what it sends, and who may keep it', async () => {
    const answer = await ask('/json');
    expect(answer.statusCode).toBe(200);
    expect(answer.json()).toEqual({ value: 'a' });
    expect(answer.headers).toMatchObject({
      etag: expect.stringMatching(/^W\/"[\w-]{27}"$/),
      'cache-control': 'private, no-cache',
      vary: 'Origin, Authorization, X-API-Key, Cookie',
    });
  });

  it('sends no body to whoever has it, and the other headers as ever', async () => {
    const answer = await ask('/json', await tagOf());
    expect(answer.statusCode).toBe(304);
    expect(answer.body).toBe('');
    expect(answer.headers).toMatchObject({
      etag: await tagOf(),
      'hermes-cursor': 'e:1',
      'cache-control': 'private, no-cache',
      vary: 'Origin, Authorization, X-API-Key, Cookie',
    });
    expect(answer.headers['content-type']).toBeUndefined();
    expect(answer.headers['content-length']).toBeUndefined();
  });

  it.each([
    ['a strong tag', (tag: string) => tag.slice(2), 304],
    ['one of several', (tag: string) => `"x", ${tag} , W/"y"`, 304],
    ['any', () => '*', 304],
    ['another', () => 'W/"x"', 200],
    ['one without its quotes', (tag: string) => tag.replaceAll('"', ''), 200],
    ['none', () => '', 200],
  ])('takes If-None-Match with %s', async (_what, header, status) => {
    expect((await ask('/json', header(await tagOf()))).statusCode).toBe(status);
  });

  it('sends what has changed', async () => {
    const before = await tagOf();
    value = 'b';
    const answer = await ask('/json', before);
    expect(answer.json()).toEqual({ value: 'b' });
    expect(answer.headers.etag).not.toBe(before);
  });

  it('answers HEAD as it answers GET', async () => {
    const tag = await tagOf();
    const answer = await ask('/json', undefined, 'HEAD');
    expect([answer.statusCode, answer.body, answer.headers.etag]).toEqual([200, '', tag]);
    expect((await ask('/json', tag, 'HEAD')).statusCode).toBe(304);
  });

  it.each([
    ['POST', '/json'],
    ['GET', '/text'],
    ['GET', '/secret'],
    ['GET', '/failed'],
    ['GET', '/nowhere'],
  ] as const)('leaves %s %s alone', async (method, url) => {
    const answer = await ask(url, '*', method);
    expect(answer.statusCode).not.toBe(304);
    expect(answer.headers.etag).toBeUndefined();
    expect(answer.body).not.toBe('');
  });
});
