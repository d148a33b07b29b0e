import { afterAll, beforeAll, describe, expect, test, vi } from 'vitest';
import type { TestStream } from '../../../../tests/support/test-stream.ts';
import { GatewayHarness, WAIT } from '../testing/gateway-harness.ts';

const EVENTS = '/api/v1/events';

describe('topics', () => {
  let harness: GatewayHarness;
  beforeAll(async () => {
    harness = await GatewayHarness.start();
    for (const id of ['one', 'two']) {
      await harness.createDownload(id);
      await harness.publisher.claimAttempt(id, {});
    }
  });
  afterAll(() => harness.close());

  /** Opens a stream, lets one of everything happen, and expects that the stream gets these of it. */
  async function expectEvents(path: string, expected: string[]): Promise<void> {
    await harness.settled();
    const from = harness.context.hub.position.seq;
    const [stream, all] = [await harness.open(path), await harness.open(`${EVENTS}/stream`)];
    await Promise.all([live(stream), live(all)]);
    await harness.progress('one', 1);
    await harness.progress('two', 2);
    await harness.publisher.publishStatus('two', 1, 'processing', {});
    await harness.publisher.publishStatus('two', 1, 'downloading', {});
    await harness.publisher.publish('queue_stats', { counts: counts(), total_speed: 1 });
    await harness.publisher.publish('system_notification', { level: 'info', code: 'LAST', message: '' });
    await harness.settled();
    const last = harness.context.hub.position;
    await vi.waitFor(() => expect(all.lastEventId).toBe(`${last.epoch}:${last.seq}`), WAIT);
    await vi.waitFor(() => {
      const got = stream.received.filter(({ event, id }) => event !== 'snapshot' && Number(id?.split(':')[1]) > from);
      const shown = got.map(({ event, data }) => `${event} ${data.download_id ?? ''} ${data.status ?? ''}`.trim());
      expect(shown).toEqual(expected);
    }, WAIT);
    stream.close();
    all.close();
  }

  const live = (stream: TestStream) =>
    vi.waitFor(() => expect(stream.received.some(({ id }) => id !== undefined)).toBe(true), WAIT);

  test('one topic or several', async () => {
    await expectEvents(`${EVENTS}/stream?channels=stats,system`, ['queue_stats', 'system_notification']);
    await expectEvents(`${EVENTS}/stream?channels=stats&channels=stats`, ['queue_stats']);
    await expectEvents(`${EVENTS}/system`, ['system_notification']);
  });

  test('download_id narrows the progress and nothing else', async () => {
    await expectEvents(`${EVENTS}/stream?channels=downloads,queue&download_id=one`, [
      'download_progress one downloading',
      'download_status two processing',
      'queue_update two processing',
      'download_status two downloading',
      'queue_update two downloading',
    ]);
  });

  test('an empty download_id is nobody’s progress', async () => {
    await expectEvents(`${EVENTS}/stream?channels=downloads&download_id=`, [
      'download_status two processing',
      'download_status two downloading',
    ]);
  });

  test('one download: its progress and status', async () => {
    await expectEvents(`${EVENTS}/downloads/two`, [
      'download_progress two downloading',
      'download_status two processing',
      'download_status two downloading',
    ]);
    const snapshot = (await harness.open(`${EVENTS}/downloads/two/`)).next('snapshot');
    expect((await snapshot).data.downloads).toMatchObject([{ download_id: 'two' }]);
    const unknown = await harness.get(`${EVENTS}/downloads/three`);
    expect([unknown.status, await unknown.json()]).toMatchObject([404, { code: 'DOWNLOAD_NOT_FOUND' }]);
  });

  test('the queue by status, the new one or the previous one', async () => {
    const both = ['queue_update two processing', 'queue_update two downloading'];
    await expectEvents(`${EVENTS}/queue`, both);
    await expectEvents(`${EVENTS}/queue?status=processing`, both);
    await expectEvents(`${EVENTS}/queue?status=completed,failed`, []);
  });

  test('an interval bounds how often a state comes; a fact comes at once, and what waits ahead of it', async () => {
    const stream = await harness.open(`${EVENTS}/stream?interval_ms=5000&channels=downloads,system`);
    await live(stream);
    const from = stream.received.length;
    for (let percent = 1; percent <= 50; percent++) await harness.progress('one', percent);
    await harness.publisher.publish('system_notification', { level: 'info', code: 'FACT', message: '' });
    await stream.next('system_notification', { code: 'FACT' });
    const got = stream.received.slice(from);
    // At most one tick of the clock can have fallen in between.
    expect(got.filter(({ event }) => event === 'download_progress').length).toBeLessThanOrEqual(2);
    expect(got.at(-2)?.data).toMatchObject({ download_id: 'one', progress: 50 });
    expect(got.at(-1)?.event).toBe('system_notification');
  });
});

test('a quiet topic does not age: heartbeats carry the position, and can be gone on from', async () => {
  const harness = await GatewayHarness.start({ HERMES_SSE_HEARTBEAT_INTERVAL: '1' });
  try {
    const stream = await harness.open(`${EVENTS}/stream?channels=storage`);
    await stream.next('heartbeat');
    for (let i = 0; i < 5; i++) await harness.createDownload(`d${i}`);
    await harness.settled();
    const { epoch, seq } = harness.context.hub.position;
    await vi.waitFor(() => expect(stream.lastEventId).toBe(`${epoch}:${seq}`), WAIT);
    const events = stream.received.map(({ event }) => event);
    expect(new Set(events)).toEqual(new Set(['connected', 'heartbeat']));
    const again = await harness.open(`${EVENTS}/stream`, { 'last-event-id': stream.lastEventId ?? '' });
    expect((await again.next('connected')).data.recovered).toBe(true);
    await harness.createDownload('next');
    expect((await again.next('download_status')).id).toBe(`${epoch}:${seq + 1}`);
    expect(again.received.map(({ event }) => event)).not.toContain('reset');
  } finally {
    await harness.close();
  }
});

function counts() {
  return { queued: 0, downloading: 0, processing: 0, paused: 0, completed: 0, failed: 0, cancelled: 0 };
}
