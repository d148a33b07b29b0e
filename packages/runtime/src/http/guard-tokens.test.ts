import type { Credential } from '@hermes/contracts';
import Fastify from 'fastify';
import { expect, it } from 'vitest';
import { guard, hashSecret } from './guard.ts';
import { answerProblems } from './problem-handler.ts';

const credential = (expiresInMs: number): Credential => ({
  kind: 'api_key',
  key_id: 'k1',
  name: 'laptop',
  permissions: ['read'],
  expires_at: new Date(Date.now() + expiresInMs).toISOString(),
});

const find = (credentials: Record<string, Credential>) => {
  const byHash = new Map(Object.entries(credentials).map(([secret, value]) => [hashSecret(secret), value]));
  return async (sha256: string) => byHash.get(sha256) ?? null;
};

it.each([
  ['opens a route that takes tokens', '/stream?token=ticket', {}, 200],
  ['goes before a cookie', '/stream?token=ticket', { cookie: 'hermes_session=wrong' }, 200],
  ['is not replaced by a cookie', '/stream?token=wrong', { cookie: 'hermes_session=reader' }, 401],
  ['comes after a key', '/stream?token=wrong', { 'x-api-key': 'reader' }, 200],
  ['does not mend a wrong key', '/stream?token=ticket', { authorization: 'Bearer wrong' }, 401],
  ['does not open other routes', '/rest?token=ticket', {}, 401],
  ['needs the permission too', '/writable?token=ticket', {}, 403],
  ['is none of the keys', '/stream?token=reader', {}, 401],
  ['is not a key', '/stream', { 'x-api-key': 'ticket' }, 401],
  ['must be right if it is empty', '/stream?token=', { cookie: 'hermes_session=reader' }, 401],
  ['must be one', '/stream?token=ticket&token=ticket', {}, 401],
  ['must not have expired', '/stream?token=late', {}, 401],
] as [string, string, Record<string, string>, number][])('a stream token %s', async (_what, url, headers, status) => {
  const app = Fastify();
  answerProblems(app);
  guard(app, {
    authentication: 'on',
    allowedOrigins: [],
    host: '127.0.0.1',
    findCredential: find({ reader: credential(3_600_000) }),
    findToken: find({ ticket: credential(3_600_000), late: credential(-1) }),
  });
  app.get('/stream', { config: { permission: 'read', takesToken: true } }, async () => 'open');
  app.get('/writable', { config: { permission: 'write', takesToken: true } }, async () => 'open');
  app.get('/rest', { config: { permission: 'read' } }, async () => 'open');
  const answer = await app.inject({ url, headers: { host: '127.0.0.1', ...headers } });
  expect(answer.statusCode).toBe(status);
  await app.close();
});
