import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest';
import type { TestStream } from '../../../../tests/support/test-stream.ts';
import { GatewayHarness, TEST_KEY, WAIT } from '../testing/gateway-harness.ts';

const STREAM = '/api/v1/events/stream';

describe('when Redis goes away', () => {
  let harness: GatewayHarness;
  beforeEach(async () => {
    harness = await GatewayHarness.start();
    await harness.createDownload('one');
    await harness.publisher.claimAttempt('one', {});
  });
  afterEach(() => harness.close());

  const notify = (code: string) =>
    harness.publisher.publish('system_notification', { level: 'info', code, message: '' });
  const seqsOf = (stream: TestStream) =>
    stream.received
      .filter(({ id, event }) => id !== undefined && event !== 'heartbeat')
      .map(({ id }) => Number(id?.split(':')[1]));

  test.each(['stop', 'kill'] as const)('streams stay open, are told, and miss nothing: %s', async (way) => {
    const [stream, narrow] = [await harness.open(STREAM), await harness.open('/api/v1/events/downloads/one')];
    await Promise.all([stream, narrow].map((each) => each.next('snapshot')));
    await notify('BEFORE');
    await stream.next('system_notification', { code: 'BEFORE' });
    // As much as the append-only file promises: what it did not hold would rightly be a new epoch.
    await vi.waitFor(
      async () => expect(await harness.commands.info('persistence')).toMatch(/aof_pending_bio_fsync:0/),
      WAIT,
    );
    await harness.redis[way]();
    expect((await stream.next('system_notification', { code: 'REDIS_UNAVAILABLE' })).id).toBeUndefined();
    await narrow.next('system_notification', { code: 'REDIS_UNAVAILABLE' });
    const refused = await harness.get(STREAM);
    expect(refused.status).toBe(503);
    expect(Number(refused.headers.get('retry-after'))).toBeGreaterThan(0);
    expect(await refused.json()).toMatchObject({ code: 'REDIS_UNAVAILABLE' });
    await harness.redis.restart();
    await vi.waitFor(() => notify('AFTER'), WAIT);
    await stream.next('system_notification', { code: 'AFTER' });
    await vi.waitFor(() => {
      for (const { received } of [stream, narrow]) {
        expect(received.find(({ data }) => data.code === 'REDIS_RECOVERED')).toMatchObject({ id: undefined });
      }
    }, WAIT);
    expect(stream.isEnded || narrow.isEnded).toBe(false);
    expect(stream.received.map(({ event }) => event)).not.toContain('reset');
    const seqs = seqsOf(stream);
    expect(seqs).toEqual(Array.from({ length: seqs.length }, (_, index) => (seqs[0] ?? 0) + index));
  });

  test('flushed: a new epoch, reset and a snapshot on every open stream, which go on', async () => {
    const [stream, narrow] = [await harness.open(STREAM), await harness.open('/api/v1/events/downloads/one')];
    await Promise.all([stream, narrow].map((each) => each.next('snapshot')));
    const before = harness.context.hub.position.epoch;
    await harness.commands.flushall();
    await harness.mirror(TEST_KEY, {});
    for (const each of [stream, narrow]) {
      expect((await each.next('reset')).data).toEqual({ reason: 'epoch_changed' });
      const snapshot = await each.next('snapshot');
      expect(snapshot.data).toMatchObject({ downloads: [], last: true });
      expect(snapshot.id?.startsWith(before)).toBe(false);
    }
    await harness.createDownload('one');
    for (const each of [stream, narrow]) {
      const { id } = await each.next('download_status', { download_id: 'one', status: 'queued' });
      expect(id?.split(':')[0]).toBe(harness.context.hub.position.epoch);
    }
    const old = await harness.open(STREAM, { 'last-event-id': `${before}:1` });
    expect((await old.next('reset')).data).toEqual({ reason: 'epoch_changed' });
  });

  test('restarted empty: told away, reset, and told back', async () => {
    const stream = await harness.open(STREAM);
    await stream.next('snapshot');
    await harness.commands.flushall();
    await harness.redis.stop();
    await stream.next('system_notification', { code: 'REDIS_UNAVAILABLE' });
    await harness.redis.restart();
    await stream.next('reset');
    await vi.waitFor(() => expect(stream.received.map(({ data }) => data.code)).toContain('REDIS_RECOVERED'), WAIT);
    await vi.waitFor(() => harness.createDownload('two'), WAIT);
    await stream.next('download_status', { download_id: 'two' });
  });

  test('a flush in the middle of many openings leaves every stream told and alive', async () => {
    const opening = Promise.all(Array.from({ length: 30 }, () => harness.open(STREAM)));
    await harness.commands.flushall();
    await harness.mirror(TEST_KEY, {});
    const streams = (await opening).filter(({ response }) => response.status === 200);
    await vi.waitFor(() => expect(harness.context.hub.position.seq).toBe(0), WAIT);
    await harness.createDownload('two');
    for (const stream of streams) {
      await vi.waitFor(
        () => expect(stream.received.some(({ data }) => JSON.stringify(data).includes('"two"'))).toBe(true),
        WAIT,
      );
      expect(stream.received[0]?.event).toBe('connected');
      expect(stream.received.filter(({ event }) => event === 'connected')).toHaveLength(1);
      expect(stream.response.headers.get('content-type')).toBe('text/event-stream');
    }
  });
});
