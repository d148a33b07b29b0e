import { trimFacts, writeOffset } from '@hermes/event-log';
import { createParser } from 'eventsource-parser';
import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest';
import { GatewayHarness, TEST_KEY, WAIT } from '../testing/gateway-harness.ts';

const STREAM = '/api/v1/events/stream?channels=system';
/** More than two pages of the log, and more bytes than the kernel hides for a reader that waits. */
const FACTS = 2500;
const TEXT = 'x'.repeat(8000);

describe('while a client is still being told what it missed', () => {
  let harness: GatewayHarness;
  let response: Response;

  beforeEach(async () => {
    harness = await GatewayHarness.start({}, { frames: 10, bytes: 1e6 });
    const { publisher } = harness;
    for (let n = 1; n <= FACTS; n += 50) {
      await Promise.all(
        Array.from({ length: 50 }, (_, index) =>
          publisher.publish('system_notification', { level: 'info', code: 'N', message: `${n + index} ${TEXT}` }),
        ),
      );
    }
    await harness.settled();
    // Not read yet: the gateway stands in the middle of the first page.
    response = await harness.get(STREAM, { headers: { 'last-event-id': `${harness.context.hub.position.epoch}:0` } });
  });
  afterEach(() => harness.close());

  /** Reads on until an event says so. */
  async function readUntil(isLast: (event: string, data: Record<string, unknown>) => boolean) {
    const events: { event: string; id: string | undefined; data: Record<string, unknown> }[] = [];
    let isDone = false;
    const parser = createParser({
      onEvent: ({ event = '', id, data }) => {
        if (isDone) return;
        events.push({ event, id, data: JSON.parse(data) });
        isDone = isLast(event, JSON.parse(data));
        // What comes after a reset is told again; what came before it is not.
        if (event === 'reset') void end();
      },
    });
    const decoder = new TextDecoder();
    for await (const chunk of response.body ?? []) {
      parser.feed(decoder.decode(chunk, { stream: true }));
      if (isDone) break;
    }
    return events;
  }

  const end = () => harness.publisher.publish('system_notification', { level: 'info', code: 'END', message: '' });
  const seqOf = ({ id }: { id: string | undefined }) => Number(id?.split(':')[1]);

  test('Redis may restart: nothing is missing, and there is no reset', async () => {
    await harness.redis.stop();
    await vi.waitFor(() => expect(harness.context.isLive()).toBe(false), WAIT);
    const reading = readUntil((_event, data) => data.code === 'END');
    await harness.redis.restart();
    await vi.waitFor(end, WAIT);
    const events = await reading;
    expect(events.map(({ event }) => event)).not.toContain('reset');
    expect(events.filter(({ data }) => data.code === 'N').map(seqOf)).toEqual(
      Array.from({ length: FACTS }, (_, index) => index + 1),
    );
  });

  test('what it is still to be told may be trimmed: it is told so, and goes on live', async () => {
    await writeOffset(harness.commands, harness.keys, 'history', FACTS);
    for (let deleted = 1; deleted > 0; ) {
      ({ deleted } = await trimFacts(harness.commands, harness.keys, { keep: 1, hardCap: 1e6 }));
    }
    const events = await readUntil((_event, data) => data.code === 'END');
    expect(events[0]?.data.recovered).toBe(true);
    const reset = events.findIndex(({ event }) => event === 'reset');
    expect(events[reset]?.data).toEqual({ reason: 'trimmed' });
    // Up to there without a gap, and after it nothing of before.
    const before = events.slice(1, reset).map(seqOf);
    expect(before).toEqual(before.map((_, index) => index + 1));
    expect(events.slice(reset + 1).filter(({ data }) => data.code === 'N')).toEqual([]);
  });

  // Compressed, all of it is taken at once, and Redis tells of its new life before the hub has noticed it.
  test.each(['identity', 'gzip'])(
    'the log may be flushed: it is told once (%s), and nothing of the former life comes after',
    async (coding) => {
      response = await harness.get(STREAM, {
        headers: { 'last-event-id': `${harness.context.hub.position.epoch}:0`, 'accept-encoding': coding },
      });
      const former = harness.context.hub.position.epoch;
      await harness.commands.flushall();
      await harness.mirror(TEST_KEY, {});
      await vi.waitFor(() => expect(harness.context.hub.position.epoch).not.toBe(former), WAIT);
      const events = await readUntil((_event, data) => data.code === 'END');
      const resets = events.filter(({ event }) => event === 'reset');
      expect(resets.map(({ data }) => data.reason)).toEqual(['epoch_changed']);
      const after = events.slice(events.findIndex(({ event }) => event === 'reset') + 1);
      expect(after.filter(({ id }) => id?.startsWith(former))).toEqual([]);
    },
  );
});
