import Fastify, { type FastifyInstance } from 'fastify';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { loadConfig } from '../config.ts';
import { createLogger } from '../logger.ts';
import { Metrics } from '../metrics.ts';
import { answerProblems } from './problem-handler.ts';
import { serveMetrics } from './serve-metrics.ts';
import { serverOptions } from './server-options.ts';

let app: FastifyInstance;
beforeEach(async () => {
  const config = loadConfig({ HERMES_TRUSTED_PROXIES: '127.0.0.1' });
  app = Fastify(serverOptions(config, createLogger('test', 'silent')));
  answerProblems(app);
  const metrics = new Metrics();
  metrics.gauge('test_now', 'Now', () => 1);
  await serveMetrics(app, [metrics]);
});
afterEach(() => app.close());

const ask = (remoteAddress: string, headers: Record<string, string> = {}) =>
  app.inject({ url: '/metrics', remoteAddress, headers: { host: 'localhost:3000', ...headers } });

describe('serveMetrics', () => {
  it.each(['127.0.0.1', '127.9.9.9', '::1', '::ffff:127.0.0.1'])('answers %s', async (address) => {
    const response = await ask(address);
    expect(response.statusCode).toBe(200);
    expect(response.headers['content-type']).toMatch(/^text\/plain; version=0\.0\.4/);
    expect(response.headers['cache-control']).toBe('no-store');
    expect(response.body).toContain('\ntest_now 1\n');
  });

  it.each(['127.0.0.1:8001', '[::1]:8001'])('answers as %s', async (host) => {
    expect((await ask('127.0.0.1', { host })).statusCode).toBe(200);
  });

  it.each([
    ['another machine', '192.0.2.7', {}],
    ['another machine that calls itself this one', '192.0.2.7', { 'x-forwarded-for': '127.0.0.1' }],
    ['a trusted proxy on this machine', '127.0.0.1', { 'x-forwarded-for': '127.0.0.1' }],
    ['a proxy that says it in the standard way', '::1', { forwarded: 'for=192.0.2.7' }],
    ['a proxy that only says which', '127.0.0.1', { via: '1.1 proxy' }],
    ['a page whose name was made to resolve to us', '127.0.0.1', { host: 'evil.example' }],
    ['a host that cannot be read', '127.0.0.1', { host: 'local host' }],
  ] as [string, string, Record<string, string>][])('is not there for %s', async (_who, address, headers) => {
    const response = await ask(address, headers);
    expect([response.statusCode, response.json().code]).toEqual([404, 'NOT_FOUND']);
    expect(response.body).not.toContain('test_now');
  });
});
