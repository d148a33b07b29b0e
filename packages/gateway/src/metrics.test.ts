import { PROBLEMS, RESET_REASONS } from '@hermes/contracts';
import { afterEach, expect, test, vi } from 'vitest';
import { type MetricSample, metricValue } from '../../../tests/support/metric-samples.ts';
import { GatewayHarness, WAIT } from './testing/gateway-harness.ts';

const STREAM = '/api/v1/events/stream';

let harness: GatewayHarness;
afterEach(() => harness.close());

const scraped = async (name: string, labels: Record<string, string> = {}) =>
  metricValue(await harness.scrape(), `hermes_gateway_${name}`, labels);

/** Of the events service alone, without buckets. */
const ours = (samples: MetricSample[]) => samples.filter(({ name }) => name.startsWith('hermes_gateway_'));

test('a session is told in numbers', async () => {
  harness = await GatewayHarness.start();
  await harness.createDownload('one');
  await harness.publisher.claimAttempt('one', {});
  await harness.settled();

  const fresh = await harness.open(STREAM);
  await fresh.next('snapshot');
  await harness.progress('one', 10);
  await harness.publisher.publishStatus('one', 1, 'processing', {});
  await fresh.next('download_status', { status: 'processing' });
  await fresh.next('queue_update');
  expect(await scraped('connections')).toBe(1);
  expect(await scraped('snapshots_total')).toBe(1);
  expect(await scraped('events_sent_total')).toBe(3);
  expect(await scraped('dispatch_seconds_count')).toBeGreaterThan(0);
  expect(await scraped('publish_to_write_seconds_count')).toBe(1);
  expect(await scraped('redis_up')).toBe(1);
  const cursor = fresh.lastEventId ?? '';
  const bytes = await scraped('bytes_sent_total');

  // What a connection has had still counts when it is gone.
  fresh.close();
  await vi.waitFor(async () => expect(await scraped('connections_ended_total', { reason: 'client' })).toBe(1), WAIT);
  expect(await scraped('connections')).toBe(0);
  expect(await scraped('events_sent_total')).toBe(3);
  expect(await scraped('bytes_sent_total')).toBe(bytes);
  expect(await scraped('connection_duration_seconds_count')).toBe(1);

  const resumed = await harness.open(STREAM, { 'last-event-id': cursor });
  await resumed.next('connected', { recovered: true });
  expect(await scraped('resumes_total', { source: 'window', outcome: 'resumed' })).toBe(1);
  const [epoch] = cursor.split(':');
  for (const [id, reason] of [
    ['rubbish', 'malformed'],
    ['another:1', 'epoch_changed'],
    [`${epoch}:999999`, 'from_the_future'],
  ] as const) {
    const stream = await harness.open(STREAM, { 'last-event-id': id });
    await stream.next('reset', { reason });
    expect(await scraped('resets_total', { reason })).toBe(1);
  }
  expect(await scraped('resumes_total', { source: 'none', outcome: 'reset' })).toBe(3);

  for (const [path, headers, code] of [
    [STREAM, { authorization: 'Bearer nobody' }, 'INVALID_CREDENTIAL'],
    [`${STREAM}?interval_ms=7`, {}, 'VALIDATION_FAILED'],
    ['/api/v1/events/downloads/none', {}, 'DOWNLOAD_NOT_FOUND'],
    [STREAM, { accept: 'text/html' }, 'NOT_ACCEPTABLE'],
  ] as [string, Record<string, string>, string][]) {
    await harness.get(path, { headers });
    expect([code, await scraped('refused_total', { code })]).toEqual([code, 1]);
  }

  await harness.commands.publish(harness.keys.channel('download_progress'), 'not from the script');
  await vi.waitFor(async () => expect(await scraped('ignored_messages_total')).toBe(1), WAIT);
});

test('a resume from the log, a lost Redis and its return', async () => {
  harness = await GatewayHarness.start({}, { frames: 2, bytes: 1_000_000 });
  for (const id of ['one', 'two', 'three']) await harness.createDownload(id);
  await harness.settled();
  const stream = await harness.open(STREAM, { 'last-event-id': `${harness.context.hub.position.epoch}:1` });
  await stream.next('queue_update', { download_id: 'three' });
  expect(await scraped('resumes_total', { source: 'log', outcome: 'resumed' })).toBe(1);

  await harness.redis.stop();
  await stream.next('system_notification', { code: 'REDIS_UNAVAILABLE' });
  expect(await scraped('redis_up')).toBe(0);
  await harness.redis.restart();
  await stream.next('system_notification', { code: 'REDIS_RECOVERED' });
  expect([await scraped('redis_up'), await scraped('redis_reconnects_total')]).toEqual([1, 1]);
});

test('nothing that clients bring becomes a series: 1000 downloads, keys and addresses', async () => {
  harness = await GatewayHarness.start({ HERMES_TRUSTED_PROXIES: '127.0.0.1' });
  const before = ours(await harness.scrape()).length;
  const batch = 50;
  for (let from = 0; from < 1000; from += batch) {
    await Promise.all(
      Array.from({ length: batch }, async (_, offset) => {
        const n = from + offset;
        const key = `key-${n}`;
        await Promise.all([harness.mirror(key, {}), harness.createDownload(`download-${n}`)]);
        const headers = { authorization: `Bearer ${key}`, 'x-forwarded-for': `10.0.${n >> 8}.${n & 255}` };
        const path = n % 2 === 0 ? `/api/v1/events/downloads/download-${n}` : `${STREAM}?download_id=download-${n}`;
        const stream = await harness.open(path, { ...headers, ...(n % 3 === 0 ? { 'last-event-id': `x:${n}` } : {}) });
        await stream.next('snapshot');
        stream.close();
        await harness.get(`/api/v1/events/unknown-${n}?x=${n}`, { headers: { authorization: `Bearer none-${n}` } });
        await harness.get(`${STREAM}?x=${n}`, { headers: { authorization: `Bearer none-${n}` } });
      }),
    );
  }
  await vi.waitFor(async () => expect(await scraped('connection_duration_seconds_count')).toBe(1000), WAIT);
  const after = ours(await harness.scrape());
  expect(after).toHaveLength(before);

  const allowed: Record<string, readonly string[]> = {
    reason: [
      ...RESET_REASONS,
      'client',
      'shutdown',
      'max_age',
      'revoked',
      'expired',
      'slow',
      'overflow',
      'internal',
      'disabled',
    ],
    code: Object.keys(PROBLEMS),
    source: ['window', 'log', 'none'],
    outcome: ['resumed', 'reset'],
  };
  for (const { name, labels } of after) {
    for (const [label, value] of Object.entries(labels)) {
      if (label === 'le') expect([name, value]).toEqual([name, expect.stringMatching(/^(\+Inf|[\d.]+)$/)]);
      else expect([name, label, allowed[label]]).toEqual([name, label, expect.arrayContaining([value])]);
    }
  }
});
