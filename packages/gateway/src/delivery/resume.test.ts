import { afterEach, expect, test, vi } from 'vitest';
import type { ReceivedEvent, TestStream } from '../../../../tests/support/test-stream.ts';
import { GatewayHarness, WAIT } from '../testing/gateway-harness.ts';

const STREAM = '/api/v1/events/stream';
const IDS = ['a', 'b', 'c'];

let harness: GatewayHarness;
afterEach(() => harness.close());

const seqOf = ({ id }: ReceivedEvent) => Number(id?.split(':')[1]);

/** Publishes facts and states until told to stop; resolves to the number of notifications told. */
function publishUntil(stopped: () => boolean): Promise<number> {
  return (async () => {
    let told = 0;
    for (let n = 1; !stopped(); n++) {
      await harness.progress(IDS[n % IDS.length] as string, n % 100);
      if (n % 3 !== 0) continue;
      told += 1;
      await harness.publisher.publish('system_notification', { level: 'info', code: 'N', message: String(told) });
    }
    return told;
  })();
}

/** Reads a stream with cuts at random places, each time coming back with the last id held. */
async function readWithCuts(cuts: number, path: string, random: () => number): Promise<ReceivedEvent[]> {
  const seen: ReceivedEvent[] = [];
  let lastEventId: string | undefined;
  for (let cut = 0; cut <= cuts; cut++) {
    const stream: TestStream = await harness.open(
      path,
      lastEventId === undefined ? {} : { 'last-event-id': lastEventId },
    );
    const wanted = 1 + Math.floor(random() * 30);
    await vi.waitFor(() => expect(stream.received.length).toBeGreaterThanOrEqual(wanted), WAIT);
    stream.close();
    await stream.ended;
    const [connected] = stream.received;
    expect(connected?.event).toBe('connected');
    expect(connected?.data.recovered).toBe(lastEventId !== undefined);
    seen.push(...stream.received.filter(({ event }) => event !== 'connected'));
    lastEventId = stream.lastEventId ?? lastEventId;
  }
  return seen;
}

test.each([
  ['from the window', { frames: 20_000, bytes: 1e9 }, STREAM],
  ['from Redis, past the window', { frames: 2, bytes: 1e9 }, STREAM],
  ['at the edge of the window', { frames: 12, bytes: 1e9 }, STREAM],
  ['with an interval', { frames: 12, bytes: 1e9 }, `${STREAM}?interval_ms=250`],
])('nothing is lost, doubled or out of order at any cut, while a publisher runs: %s', async (_name, window, path) => {
  harness = await GatewayHarness.start({}, window);
  for (const id of IDS) {
    await harness.createDownload(id);
    await harness.publisher.claimAttempt(id, {});
  }
  let isStopped = false;
  const publishing = publishUntil(() => isStopped);
  try {
    const seen = await readWithCuts(25, path, Math.random);
    isStopped = true;
    const told = await publishing;
    // What is still to come: everything after the last id held.
    const end = await harness.open(STREAM, { 'last-event-id': seen.findLast(({ id }) => id !== undefined)?.id ?? '' });
    await harness.settled();
    await harness.publisher.publish('system_notification', { level: 'info', code: 'END', message: '' });
    await vi.waitFor(() => expect(end.received.at(-1)?.data.code).toBe('END'), WAIT);
    seen.push(...end.received.filter(({ event }) => event !== 'connected'));

    expect(seen.map(({ event }) => event)).not.toContain('reset');
    const seqs = seen.filter(({ id }) => id !== undefined).map(seqOf);
    expect(seqs).toEqual([...new Set(seqs)].sort((one, two) => one - two));
    const messages = seen.filter(({ data }) => data.code === 'N').map(({ data }) => Number(data.message));
    const first = messages[0] ?? 0;
    expect(messages).toEqual(Array.from({ length: told - first + 1 }, (_, index) => first + index));
    for (const id of IDS) {
      const newest = seen.findLast(({ event, data }) => event === 'download_progress' && data.download_id === id);
      const stored = JSON.parse((await harness.commands.get(harness.keys.state('download_progress', id))) ?? '{}');
      expect(newest?.data).toEqual(stored.data);
    }
  } finally {
    isStopped = true;
    await publishing;
  }
});

test('a gateway that has just started resumes what it has never seen', async () => {
  harness = await GatewayHarness.start();
  for (const id of IDS) await harness.createDownload(id);
  await harness.settled();
  const { epoch } = harness.context.hub.position;
  await harness.app.close();
  await harness.startGateway();
  const stream = await harness.open(STREAM, { 'last-event-id': `${epoch}:2` });
  await vi.waitFor(
    () => expect(stream.received.map((each) => each.id?.split(':')[1])).toEqual([undefined, '3', '4', '5', '6']),
    WAIT,
  );
  expect(stream.received[0]?.data.recovered).toBe(true);
});

test('a gateway that was restarted holds the recent past, and what happens while it starts is not missing in it', async () => {
  harness = await GatewayHarness.start();
  for (const id of IDS) await harness.createDownload(id);
  await harness.app.close();
  let isStopped = false;
  const publishing = (async () => {
    while (!isStopped) await harness.publisher.publish('queue_stats', { counts: zeroCounts(), total_speed: 0 });
  })();
  try {
    await harness.startGateway();
    const { epoch } = harness.context.hub.position;
    expect(harness.context.hub.window.start).toBe(0);
    const stream = await harness.open(`${STREAM}?channels=queue`, { 'last-event-id': `${epoch}:1` });
    await vi.waitFor(() => expect(stream.received).toHaveLength(4), WAIT);
  } finally {
    isStopped = true;
    await publishing;
  }
});

function zeroCounts() {
  return { queued: 0, downloading: 0, processing: 0, paused: 0, completed: 0, failed: 0, cancelled: 0 };
}
