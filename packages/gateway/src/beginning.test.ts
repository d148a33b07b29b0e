import { CONTROL_FRAMES, snapshotSchema } from '@hermes/contracts';
import { trimFacts, writeOffset } from '@hermes/event-log';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { GatewayHarness } from './testing/gateway-harness.ts';

const STREAM = '/api/v1/events/stream';

describe('the beginning of a stream', () => {
  let harness: GatewayHarness;
  beforeAll(async () => {
    harness = await GatewayHarness.start();
    await harness.createDownload('one');
    await harness.publisher.claimAttempt('one', {});
    await harness.progress('one', 10);
  });
  afterAll(() => harness.close());

  test('is connected, then a snapshot, then what happens', async () => {
    const stream = await harness.open(STREAM);
    const connected = await stream.next('connected');
    expect(stream.received[0]).toBe(connected);
    expect(connected.id).toBeUndefined();
    expect(CONTROL_FRAMES.connected.parse(connected.data)).toMatchObject({
      recovered: false,
      heartbeat_interval: 30,
      topics: ['downloads', 'queue', 'stats', 'system', 'storage', 'analytics'],
    });
    const snapshot = await stream.next('snapshot');
    expect(stream.received[1]).toBe(snapshot);
    expect(snapshotSchema.parse(snapshot.data)).toMatchObject({
      downloads: [{ download_id: 'one', status: 'downloading', progress: 10 }],
      counts: { downloading: 1, queued: 0 },
      page: 1,
      last: true,
    });
    expect(snapshot.id).toBe(connected.data.cursor);
    await harness.progress('one', 20);
    expect((await stream.next('download_progress')).data).toMatchObject({ download_id: 'one', progress: 20 });
  });

  test.each([
    ['malformed', () => 'nonsense'],
    ['malformed', () => '\u00e4:1'],
    ['epoch_changed', () => 'anotherepoch:3'],
    ['from_the_future', () => `${harness.context.hub.position.epoch}:999999999`],
  ])('says reset %s, and begins anew', async (reason, cursor) => {
    const stream = await harness.open(STREAM, { 'last-event-id': cursor() });
    await stream.next('snapshot');
    expect(stream.received.map(({ event }) => event).slice(0, 3)).toEqual(['connected', 'reset', 'snapshot']);
    expect(stream.received[0]?.data.recovered).toBe(false);
    expect(stream.received[1]?.data).toEqual({ reason });
    await harness.publisher.publish('system_notification', { level: 'info', code: 'AFTER_RESET', message: reason });
    await stream.next('system_notification', { message: reason });
  });

  test('goes on from the header; the header goes before the query; the query does without it', async () => {
    const { epoch } = harness.context.hub.position;
    for (const [query, header] of [
      ['', `${epoch}:1`],
      ['?last_event_id=nonsense', `${epoch}:1`],
      [`?last_event_id=${epoch}:1`, ''],
    ]) {
      const stream = await harness.open(STREAM + query, header === '' ? {} : { 'last-event-id': header ?? '' });
      expect((await stream.next('connected')).data).toMatchObject({ recovered: true, cursor: `${epoch}:1` });
      expect((await stream.next('queue_update')).id).toBe(`${epoch}:2`);
      expect(stream.received.map(({ event }) => event)).not.toContain('reset');
      expect(stream.received.map(({ event }) => event)).not.toContain('snapshot');
    }
  });

  test('gives a topic without a snapshot a place to come back to', async () => {
    const stream = await harness.open('/api/v1/events/system');
    await stream.next('heartbeat');
    stream.close();
    await harness.publisher.publish('system_notification', { level: 'info', code: 'MEANWHILE', message: '' });
    const again = await harness.open('/api/v1/events/system', { 'last-event-id': stream.lastEventId ?? '' });
    await again.next('system_notification', { code: 'MEANWHILE' });
  });
});

test('a long queue is shown in pages, of which only the last may be come back to', async () => {
  const harness = await GatewayHarness.start();
  try {
    const ids = Array.from({ length: 250 }, (_, index) => `many-${index}`);
    for (const id of ids) await harness.createDownload(id);
    const stream = await harness.open(STREAM);
    const pages = [];
    for (let page = 1; page <= 3; page++) pages.push(await stream.next('snapshot'));
    expect(pages.map(({ data }) => [data.page, data.last])).toEqual([
      [1, false],
      [2, false],
      [3, true],
    ]);
    expect(pages.map(({ id }) => id === undefined)).toEqual([true, true, false]);
    const shown = pages.flatMap(({ data }) => snapshotSchema.parse(data).downloads.map((each) => each.download_id));
    expect(shown).toEqual(ids);
  } finally {
    await harness.close();
  }
});

test('a client that missed facts which are gone is told: trimmed', async () => {
  const harness = await GatewayHarness.start({}, { frames: 5, bytes: 1e6 });
  try {
    for (let i = 0; i < 20; i++) await harness.createDownload(`d${i}`);
    await harness.settled();
    const { epoch } = harness.context.hub.position;
    await writeOffset(harness.commands, harness.keys, 'history', 1000);
    await trimFacts(harness.commands, harness.keys, { keep: 10, hardCap: 1e6 });
    const trimmed = await harness.open(STREAM, { 'last-event-id': `${epoch}:2` });
    expect((await trimmed.next('reset')).data).toEqual({ reason: 'trimmed' });
    const kept = await harness.open(STREAM, { 'last-event-id': `${epoch}:30` });
    expect((await kept.next('connected')).data.recovered).toBe(true);
    await kept.next('download_status');
    for (let i = 0; i < 4; i++) await kept.next('queue_update');
    expect(kept.lastEventId).toBe(`${epoch}:40`);
  } finally {
    await harness.close();
  }
});
