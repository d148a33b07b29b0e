import { createApi } from '@hermes/api';
import { EVENTS_BASE } from '@hermes/contracts';
import { createGateway } from '@hermes/gateway';
import { createLogger, loadConfig } from '@hermes/runtime';
import { type FastifyInstance, fastify } from 'fastify';
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest';
import { TestRedis } from '../../../../tests/support/test-redis.ts';
import { makeTestHome } from '../fixtures/test-home.ts';

interface Document {
  paths: Record<string, Record<string, { security: object[]; parameters: { in: string; name: string }[] }>>;
}

let app: FastifyInstance;
let document: Document;
/** `GET /stream` → what opens it. */
const routes = new Map<string, { isPublic: boolean; takesToken: boolean }>();
const undo: (() => Promise<unknown>)[] = [];

beforeAll(async () => {
  const redis = await TestRedis.start();
  undo.push(() => redis.close());
  const { home, remove } = await makeTestHome();
  undo.push(remove);
  const shared = {
    config: loadConfig({ HERMES_HOME: home, HERMES_AUTH: 'off' }),
    redisUrl: redis.url,
    logger: createLogger('test', 'silent'),
    sseEnabled: true,
  };
  const api = await createApi(shared);
  undo.push(() => api.close());
  const gateway = await createGateway({ ...shared, drainSeconds: 0 });
  undo.push(() => gateway.close());
  app = fastify();
  undo.push(() => app.close());
  app.addHook('onRoute', ({ method, url, config }) => {
    if (typeof method !== 'string' || ['HEAD', 'OPTIONS'].includes(method) || !url.startsWith(EVENTS_BASE)) return;
    const { permission, takesToken } = config ?? {};
    routes.set(`${method} /events${url.slice(EVENTS_BASE.length)}`, {
      isPublic: permission === 'public',
      takesToken: takesToken === true,
    });
  });
  await app.register(api.plugin);
  await app.register(gateway.plugin);
  document = (await app.inject({ url: '/api/openapi.json', headers: { host: 'localhost' } })).json();
});
afterAll(async () => {
  vi.unstubAllEnvs();
  for (const step of undo.reverse()) await step();
});

describe('the OpenAPI document', () => {
  it('has every route of the events service, and what opens it', () => {
    const documented = Object.entries(document.paths)
      .filter(([path]) => path.startsWith('/events/'))
      .flatMap(([path, methods]) =>
        Object.entries(methods).map(([method, { security }]) => [
          `${method.toUpperCase()} ${path.replace(/\{(\w+)\}/g, ':$1')}`,
          { isPublic: security.length === 0, takesToken: security.some((one) => 'token' in one) },
        ]),
      );
    expect(Object.fromEntries(documented)).toEqual(Object.fromEntries(routes));
    expect(routes.size).toBeGreaterThan(6);
  });

  it('names every parameter that a stream takes, and they are taken', async () => {
    const streams = Object.entries(document.paths).filter(([path]) =>
      /^\/events\/(?!token|connections|health)/.test(path),
    );
    expect(streams.length).toBeGreaterThan(4);
    for (const [path, { get }] of streams) {
      const names = get?.parameters.filter((one) => one.in === 'query').map(({ name }) => name) ?? [];
      // Each is refused for its value, and one that is not named for being there.
      const query = [...names, 'unlisted'].map((name) => `${name}=${'!'.repeat(201)}`).join('&');
      const answer = await app.inject({
        url: `/api/v1${path.replace('{id}', 'x')}?${query}`,
        headers: { host: 'localhost', accept: 'text/event-stream' },
      });
      const fields = answer.json<{ invalid_params: { field: string; message: string }[] }>().invalid_params;
      const unknown = fields.filter(({ message }) => message === 'is not known here');
      expect([path, unknown.map(({ field }) => field)]).toEqual([path, ['query.unlisted']]);
      expect(new Set(fields.map(({ field }) => field.split('.')[1]))).toEqual(new Set([...names, 'unlisted']));
    }
  });
});
