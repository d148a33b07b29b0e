import { publicConfigSchema } from '@hermes/contracts';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { TestRedis } from '../../../../tests/support/test-redis.ts';
import { eventually } from '../testing/eventually.ts';
import { startTestApi, type TestApi } from '../testing/test-api.ts';
import { untilTold } from '../testing/until-told.ts';

let redis: TestRedis;
let api: TestApi;

beforeAll(async () => {
  redis = await TestRedis.start();
  api = await startTestApi(redis.url, { env: { HERMES_SSE_ROLLOUT_PERCENT: '80' } });
});

afterAll(async () => {
  await api.close();
  await redis.close();
});

const read = async (of = api) => {
  const { sse_enabled, sse_rollout_percent } = publicConfigSchema.parse(
    (await of.call('GET', '/config', { key: null })).json(),
  );
  return [sse_enabled, sse_rollout_percent];
};
const change = (body: unknown, key?: string) =>
  api.call('PATCH', '/config', key === undefined ? { body } : { body, key });

describe('run-time switches', () => {
  it('go before the environment, for every API, and the gateways are told', async () => {
    const other = await startTestApi(redis.url);
    expect(await read()).toEqual([true, 80]);
    await untilTold(redis, { type: 'switches' }, async () => {
      const answer = await change({ sse_enabled: false });
      expect(answer.statusCode).toBe(200);
      expect(publicConfigSchema.parse(answer.json())).toMatchObject({ sse_enabled: false, sse_rollout_percent: 80 });
    });
    expect(await read()).toEqual([false, 80]);
    await change({ sse_rollout_percent: 0 });
    expect(await read()).toEqual([false, 0]);
    expect(await read(other)).toEqual([false, 0]);
    await other.close();
  });

  it('go back to the environment: with null, and when Redis is flushed', async () => {
    await change({ sse_enabled: false, sse_rollout_percent: 5 });
    await change({ sse_enabled: null });
    expect(await read()).toEqual([true, 5]);
    await change({ sse_rollout_percent: null });
    expect(await read()).toEqual([true, 80]);
    await change({ sse_enabled: false });
    await (await redis.connect('commands')).flushall();
    expect(await read()).toEqual([true, 80]);
  });

  it('are for admins', async () => {
    const { key } = await api.newKey(['read', 'write', 'download']);
    expect((await change({ sse_enabled: false }, key)).json()).toMatchObject({ status: 403, code: 'FORBIDDEN' });
    expect((await api.call('PATCH', '/config', { body: {}, key: null })).statusCode).toBe(401);
  });

  it.each([
    [{}, 'body.sse_enabled'],
    [{ sse_enabled: 'false' }, 'body.sse_enabled'],
    [{ sse_rollout_percent: 101 }, 'body.sse_rollout_percent'],
    [{ sse_enabled: true, version: '2' }, 'body.version'],
  ])('%j is refused, naming %s', async (body, field) => {
    const answer = await change(body);
    expect(answer.statusCode).toBe(400);
    expect(answer.json()).toMatchObject({ invalid_params: [{ field }] });
  });

  it('while Redis is away are as they were, and cannot be changed', async () => {
    await change({ sse_enabled: false });
    await redis.stop();
    await eventually(async () => {
      expect((await change({ sse_enabled: true })).json()).toMatchObject({ status: 503, code: 'REDIS_UNAVAILABLE' });
    });
    expect(await read()).toEqual([false, 80]);
    await redis.restart();
    await eventually(async () => expect((await change({ sse_enabled: true })).statusCode).toBe(200));
    expect(await read()).toEqual([true, 80]);
  });
});
