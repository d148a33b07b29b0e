import Fastify, { type FastifyInstance } from 'fastify';
import { afterEach, describe, expect, it } from 'vitest';
import { loadConfig } from '../config.ts';
import { createLogger } from '../logger.ts';
import { serverOptions } from './server-options.ts';

let app: FastifyInstance | null = null;
const lines: string[] = [];
afterEach(async () => {
  await app?.close();
  lines.length = 0;
});

function build(environment: Record<string, string> = {}): FastifyInstance {
  const logger = createLogger('test', 'info', { write: (line: string) => void lines.push(line) });
  const server = Fastify(serverOptions(loadConfig(environment), logger));
  server.get('/who', async (request) => ({ ip: request.ip, id: request.id }));
  app = server;
  return server;
}

describe('serverOptions', () => {
  it.each([
    [{}, '10.1.1.1', '10.1.1.1'],
    [{ HERMES_TRUSTED_PROXIES: '10.0.0.0/8' }, '10.1.1.1', '203.0.113.9'],
    [{ HERMES_TRUSTED_PROXIES: '10.0.0.0/8,::1' }, '::1', '203.0.113.9'],
    [{ HERMES_TRUSTED_PROXIES: '192.168.0.1' }, '10.1.1.1', '10.1.1.1'],
  ])('believes an address only of the proxies in %j', async (environment, remoteAddress, expected) => {
    const response = await build(environment).inject({
      url: '/who',
      remoteAddress,
      headers: { 'x-forwarded-for': '198.51.100.7, 203.0.113.9' },
    });
    expect(response.json().ip).toBe(expected);
  });

  it('takes an address with a slash at its end, and no id that a caller made up', async () => {
    const response = await build().inject({ url: '/who/', headers: { 'request-id': 'mine' } });
    expect(response.statusCode).toBe(200);
    expect(response.json().id).not.toBe('mine');
  });

  it('does not log requests that went well', async () => {
    await build().inject('/who');
    expect(lines).toEqual([]);
  });
});
