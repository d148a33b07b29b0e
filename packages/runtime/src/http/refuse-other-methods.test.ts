import Fastify, { type FastifyInstance } from 'fastify';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { guard } from './guard.ts';
import { answerProblems } from './problem-handler.ts';
import { refuseOtherMethods } from './refuse-other-methods.ts';

let app: FastifyInstance;
beforeEach(() => {
  app = Fastify();
  answerProblems(app);
  guard(app, { authentication: 'on', allowedOrigins: [], host: 'localhost', findCredential: async () => null });
  refuseOtherMethods(app, () => {
    app.get('/things', { config: { permission: 'public' } }, async () => 'all');
    app.post('/things', { config: { permission: 'public' } }, async () => 'made');
    app.get('/things/:id', { config: { permission: 'read' } }, async () => 'one');
  });
});
afterEach(() => app.close());

describe('an address that does not take a method', () => {
  it.each([
    ['DELETE', '/things', 'GET, HEAD, POST'],
    ['PUT', '/things', 'GET, HEAD, POST'],
    ['POST', '/things/7', 'GET, HEAD'],
  ] as const)('%s %s is refused, and the ones it takes are named', async (method, url, allow) => {
    const answer = await app.inject({ method, url });
    expect(answer.statusCode).toBe(405);
    expect(answer.headers.allow).toBe(allow);
    expect(answer.json()).toMatchObject({ code: 'METHOD_NOT_ALLOWED' });
  });

  it('still takes its own', async () => {
    expect((await app.inject({ method: 'GET', url: '/things' })).body).toBe('all');
    expect((await app.inject({ method: 'POST', url: '/things' })).body).toBe('made');
    expect((await app.inject({ method: 'GET', url: '/things/7' })).statusCode).toBe(401);
  });

  it('is not made up for addresses that there are not', async () => {
    expect((await app.inject({ method: 'DELETE', url: '/nothing' })).statusCode).toBe(404);
  });
});
