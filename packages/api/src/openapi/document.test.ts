import { mkdir } from 'node:fs/promises';
import { join } from 'node:path';
import { API_BASE, EVENTS_BASE, type Problem } from '@hermes/contracts';
import { Validator } from '@seriousme/openapi-schema-validator';
import { fastify } from 'fastify';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { z } from 'zod';
import { TestRedis } from '../../../../tests/support/test-redis.ts';
import { authFixtures } from '../../../contracts/src/fixtures/auth-fixtures.ts';
import { historyFixtures, statsFixtures } from '../../../contracts/src/fixtures/resource-fixtures.ts';
import { restFixtures } from '../../../contracts/src/fixtures/rest-fixtures.ts';
import { startTestApi, type TestApi } from '../testing/test-api.ts';
import { OPERATIONS } from './all-operations.ts';
import { buildDocument } from './build-document.ts';
import { isConditional } from './operation.ts';

const FIXTURES = Object.values({ ...authFixtures, ...historyFixtures, ...restFixtures, ...statsFixtures });
const EVENTS_PATH = EVENTS_BASE.slice(API_BASE.length);
/** Those that this service answers. */
const OURS = Object.entries(OPERATIONS).filter(([name]) => !name.includes(` ${EVENTS_PATH}/`));

let redis: TestRedis;
let api: TestApi;
beforeAll(async () => {
  redis = await TestRedis.start();
  api = await startTestApi(redis.url);
  // As a worker does.
  await mkdir(join(api.home, 'downloads'));
});
afterAll(async () => {
  await api.close();
  await redis.close();
});

/** Values that the contract's own tests say its schema must refuse. */
function invalidOf(schema: z.ZodType): { value: unknown; field: string; why: string }[] {
  const fixture = FIXTURES.find((one) => one.schema === schema);
  if (fixture === undefined) throw new Error('There is no fixture for a schema that the document has');
  return [...fixture.invalid];
}

type Method = Parameters<TestApi['call']>[0];
const split = (name: string) => name.split(' ') as [Method, string];
const pathOf = (route: string) => route.replace(/:\w+/g, 'x');

describe('the OpenAPI document', () => {
  it('is one, says a validator', async () => {
    const answer = await api.app.inject({ url: '/api/openapi.json', headers: { host: 'localhost' } });
    expect(answer.statusCode).toBe(200);
    const result = await new Validator().validate(answer.json());
    expect(result).toEqual({ valid: true });
    expect(answer.json()).toEqual(JSON.parse(JSON.stringify(buildDocument(OPERATIONS))));
  });

  it('refers to nothing that is not there, and holds nothing that nobody refers to', () => {
    const text = JSON.stringify(buildDocument(OPERATIONS));
    const { components } = JSON.parse(text) as { components: { schemas: object } };
    const referred = [...text.matchAll(/"#\/components\/schemas\/(\w+)"/g)].map(([, name]) => name);
    expect([...new Set(referred)].sort()).toEqual(Object.keys(components.schemas).sort());
    expect(Object.keys(components.schemas)).not.toContain('Credential');
  });

  it('has every route that is registered, with its permission, and no other', async () => {
    const routes: Record<string, unknown> = {};
    const app = fastify();
    app.addHook('onRoute', ({ method, url, config }) => {
      // Several methods at once are those that an address refuses.
      if (typeof method !== 'string' || ['HEAD', 'OPTIONS'].includes(method) || !url.startsWith(API_BASE)) return;
      routes[`${method} ${url.slice(API_BASE.length)}`] = config?.permission;
    });
    await app.register(api.api.plugin);
    await app.ready();
    await app.close();
    expect(Object.fromEntries(OURS.map(([name, { permission }]) => [name, permission]))).toEqual(routes);
  });

  it.each(OURS.filter(([, { query }]) => query === undefined).map(([name]) => name))(
    '%s takes no query',
    async (name) => {
      const [method, route] = split(name);
      const answer = await api.call(method, `${pathOf(route)}?unlisted=1`);
      expect(answer.json()).toMatchObject({ status: 400, invalid_params: [{ field: 'query.unlisted' }] });
    },
  );

  const invalidQueries = OURS.flatMap(([name, { query }]) =>
    query === undefined ? [] : invalidOf(query).map((invalid) => ({ name, ...invalid })),
  ).filter(({ value }) => typeof value === 'object' && value !== null);
  it.each(invalidQueries)('$name refuses a query as its schema does: $why', async ({ name, value, field }) => {
    const [method, route] = split(name);
    const query = new URLSearchParams();
    for (const [key, texts] of Object.entries(value as object)) {
      for (const text of [texts].flat()) query.append(key, String(text));
    }
    const answer = await api.call(method, `${pathOf(route)}?${query}`);
    expect(answer.statusCode).toBe(400);
    const [first] = field.split('.');
    if (field !== '') expect(fieldsOf(answer.json())).toContainEqual(expect.stringContaining(`query.${first}`));
  });

  const invalidBodies = OURS.flatMap(([name, { body }]) =>
    body === undefined ? [] : invalidOf(body).map((invalid) => ({ name, ...invalid })),
  );
  it.each(invalidBodies)('$name refuses a body as its schema does: $why', async ({ name, value, field }) => {
    const [method, route] = split(name);
    const answer = await api.call(method, pathOf(route), {
      body: JSON.stringify(value) as unknown,
      headers: { 'content-type': 'application/json' },
    });
    expect(answer.statusCode).toBe(400);
    if (field !== '') expect(fieldsOf(answer.json())).toContain(`body.${field}`);
  });

  it.each(Object.entries(OPERATIONS))('%s has examples of its schemas', (_name, { body, bodyExample, answers }) => {
    if (body !== undefined) expect(body.safeParse(bodyExample)).toMatchObject({ success: true });
    for (const { schema, example } of Object.values(answers)) {
      if (schema !== undefined) expect(schema.safeParse(example)).toMatchObject({ success: true });
    }
  });

  const readable = OURS.filter(([name, { params }]) => name.startsWith('GET ') && params === undefined);
  it.each(readable)('%s can be asked whether it has changed, or not, as it says', async (name, operation) => {
    const [method, route] = split(name);
    const { etag } = (await api.call(method, route)).headers;
    if (!isConditional(name, operation)) expect(etag).toBeUndefined();
    else {
      const again = await api.call(method, route, { headers: { 'if-none-match': String(etag) } });
      expect(again.statusCode).toBe(304);
    }
  });
});

describe('/api/docs', () => {
  const get = (url: string, headers: Record<string, string> = {}) =>
    api.app.inject({ url: `/api${url}`, headers: { host: 'localhost', ...headers } });

  it('is a page that needs nothing from elsewhere, under our policy', async () => {
    for (const url of ['/docs', '/docs/']) {
      const page = await get(url);
      expect(page.statusCode).toBe(200);
      expect(page.headers['content-security-policy']).toContain("default-src 'self'");
      const files = [...page.body.matchAll(/(?:src|href)="\/api([^"]+)"/g)].map(([, path]) => path ?? '');
      expect(files).toHaveLength(4);
      expect(page.body).not.toMatch(/(?:src|href)="(?!\/api\/docs\/)/);
      expect(page.body).not.toMatch(/<script(?! src)/);
      for (const file of files) expect([file, (await get(file)).statusCode]).toEqual([file, 200]);
    }
  });

  it('sends its files compressed, and not again', async () => {
    const first = await get('/docs/swagger-ui.css', { 'accept-encoding': 'gzip, br' });
    expect(first.headers).toMatchObject({ 'content-encoding': 'gzip', 'content-type': 'text/css; charset=utf-8' });
    expect(first.rawPayload.length).toBeLessThan((await get('/docs/swagger-ui.css')).rawPayload.length / 3);
    const again = await get('/docs/swagger-ui.css', { 'if-none-match': String(first.headers.etag) });
    expect([again.statusCode, again.body]).toEqual([304, '']);
  });

  it.each(['/docs/package.json', '/docs/..%2fpackage.json', '/docs/nothing.js', '/nothing'])(
    '%s is not there',
    async (url) => {
      expect((await get(url)).json()).toMatchObject({ code: 'NOT_FOUND' });
    },
  );

  it('answers at no strange name', async () => {
    expect((await get('/openapi.json', { host: 'evil.example' })).json()).toMatchObject({ code: 'HOST_REFUSED' });
  });
});

function fieldsOf({ invalid_params }: Problem): string[] {
  return (invalid_params ?? []).map(({ field }) => field);
}
