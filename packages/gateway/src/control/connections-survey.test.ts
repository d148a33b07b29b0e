import { listConnectionsResponseSchema } from '@hermes/contracts';
import { afterAll, beforeAll, describe, expect, test, vi } from 'vitest';
import { GatewayHarness, TEST_KEY, WAIT } from '../testing/gateway-harness.ts';

const EVENTS = '/api/v1/events';
const ADMIN = { authorization: 'Bearer admin' };

describe('the list of connections', () => {
  let one: GatewayHarness;
  let two: GatewayHarness;
  beforeAll(async () => {
    one = await GatewayHarness.start();
    await one.mirror('admin', { permissions: ['admin'] });
    await one.mirror('laptop', { name: 'laptop' });
    two = await GatewayHarness.beside(one);
  });
  afterAll(() => one.close());

  async function list(harness: GatewayHarness) {
    const response = await harness.get(`${EVENTS}/connections`, { headers: ADMIN });
    expect([response.status, response.headers.get('cache-control')]).toEqual([200, 'no-store']);
    return listConnectionsResponseSchema.parse(await response.json());
  }

  test('is the same from every gateway: the streams of all, and who answered', async () => {
    const ids = [one.context.gatewayId, two.context.gatewayId].sort();
    expect(new Set(ids).size).toBe(2);
    const [stream, queue] = [
      await one.open(`${EVENTS}/stream?channels=stats,system`),
      await two.open(`${EVENTS}/queue`, { authorization: 'Bearer laptop' }),
    ];
    const test = await two.open(`${EVENTS}/test?interval_ms=60000`);
    const connected = [await stream.next('connected'), await queue.next('connected')];
    for (const asked of [one, two]) {
      const { items, gateways } = await list(asked);
      expect(gateways).toEqual({ answered: ids, silent: 0 });
      const byId = new Map(items.map((item) => [item.id, item]));
      expect(byId.size).toBe(3);
      expect(byId.get(String(connected[0]?.data.connection_id))).toMatchObject({
        gateway_id: one.context.gatewayId,
        key_name: 'test',
        address: '127.0.0.1',
        topics: ['stats', 'system'],
        queue_depth: 0,
        conflated: 0,
      });
      expect(byId.get(String(connected[1]?.data.connection_id))).toMatchObject({
        gateway_id: two.context.gatewayId,
        key_name: 'laptop',
        topics: ['queue'],
      });
      for (const { bytes, age } of items) {
        expect(bytes).toBeGreaterThan(0);
        expect(age).toBeGreaterThanOrEqual(0);
      }
    }
    for (const each of [stream, queue, test]) each.close();
    await vi.waitFor(async () => expect((await list(one)).items).toEqual([]), WAIT);
  });

  test('many who ask at once get an answer each', async () => {
    const answers = await Promise.all(Array.from({ length: 20 }, (_, n) => list(n % 2 === 0 ? one : two)));
    for (const { gateways } of answers) expect(gateways.answered).toHaveLength(2);
  });

  test('does not wait for a gateway that hangs, and says that one is missing', async () => {
    const stream = await one.open(`${EVENTS}/system`);
    await stream.next('connected');
    // Somebody who is asked, and never answers.
    const hanging = await one.redis.connect('patient');
    await hanging.subscribe(one.keys.gateways);
    await one.commands.publish(one.keys.gateways, 'nonsense');
    await one.commands.publish(one.keys.gateway(one.context.gatewayId), '{"type":"connections"}');
    const { items, gateways } = await list(one);
    expect(items).toHaveLength(1);
    expect([gateways.answered.length, gateways.silent]).toEqual([2, 1]);
    hanging.disconnect();
    stream.close();
  });

  test('is for admins, and takes no query', async () => {
    const asked = await one.get(`${EVENTS}/connections`);
    expect([asked.status, (await asked.json()).code]).toEqual([403, 'FORBIDDEN']);
    expect((await fetch(`${one.origin}${EVENTS}/connections`)).status).toBe(401);
    expect((await one.get(`${EVENTS}/connections?limit=1`, { headers: ADMIN })).status).toBe(400);
  });
});

test('while Redis is away nobody can be asked', async () => {
  const harness = await GatewayHarness.start({ HERMES_AUTH: 'off' });
  try {
    await harness.redis.stop();
    await vi.waitFor(() => expect(harness.context.isLive()).toBe(false), WAIT);
    const response = await harness.get(`${EVENTS}/connections`, { headers: { 'x-api-key': TEST_KEY } });
    expect([response.status, (await response.json()).code]).toEqual([503, 'REDIS_UNAVAILABLE']);
  } finally {
    await harness.close();
  }
});
