import { describe, expect, it } from 'vitest';
import { makeCounts, makeProgress, makeStatusEvent } from '../fixtures/downloads.ts';
import type { StreamEvent } from '../stream-event.ts';
import { StreamMemory } from './stream-memory.ts';

const TIME = '2026-01-01T00:00:00.000Z';

function connected(
  recovered: boolean,
  cursor: string,
  topics: ('downloads' | 'storage')[] = ['downloads'],
): StreamEvent {
  const data = { connection_id: 'c', recovered, cursor, server_time: TIME, heartbeat_interval: 30, topics };
  return { event: 'connected', data, seq: null, epoch: null };
}

function page(number: number, last: boolean, seq: number): StreamEvent {
  const data = { downloads: [], counts: makeCounts(), page: number, last };
  return last ? { event: 'snapshot', data, seq, epoch: 'e' } : { event: 'snapshot', data, seq: null, epoch: null };
}

const progress = (seq: number, download_id = 'd1'): StreamEvent => ({
  event: 'download_progress',
  data: makeProgress({ download_id, progress: 1 }),
  seq,
  epoch: 'e',
});

const status = (seq: number, download_id = 'd1', to: 'downloading' | 'completed' = 'downloading'): StreamEvent => ({
  event: 'download_status',
  data: makeStatusEvent('queued', { download_id, status: to, seq }),
  seq,
  epoch: 'e',
});

const heartbeat = (seq: number): StreamEvent => ({ event: 'heartbeat', data: { server_time: TIME }, seq, epoch: 'e' });

function remember(...events: StreamEvent[]): StreamMemory {
  const memory = new StreamMemory(3);
  for (const event of events) memory.take(event);
  return memory;
}

/** `connected` with whether it was recovered; everything else with its position. */
const told = (events: StreamEvent[]) =>
  events.map((event) => `${event.event} ${event.event === 'connected' ? event.data.recovered : event.seq}`);

describe('StreamMemory', () => {
  it('has nothing to tell before the stream has begun', () => {
    expect(remember().since(null)).toEqual([]);
    expect(remember().since({ epoch: 'e', seq: 3 })).toEqual([]);
  });

  it('begins a new tab with the snapshot, the facts, and the newest of each state', () => {
    const memory = remember(
      connected(false, 'e:5'),
      page(1, false, 5),
      page(2, true, 5),
      progress(6),
      status(7, 'd2'),
      progress(8),
      progress(9, 'd2'),
      heartbeat(12),
    );
    expect(told(memory.since(null))).toEqual([
      'connected false',
      'snapshot null',
      'snapshot 5',
      'download_status 7',
      'download_progress 8',
      'download_progress 9',
      'heartbeat 12',
    ]);
  });

  it('lets a tab go on from where it was', () => {
    const memory = remember(connected(false, 'e:5'), page(1, true, 5), status(6), status(7), progress(8));
    expect(told(memory.since({ epoch: 'e', seq: 6 }))).toEqual([
      'connected true',
      'download_status 7',
      'download_progress 8',
      'heartbeat 8',
    ]);
    expect(memory.since({ epoch: 'e', seq: 6 })[0]).toMatchObject({ data: { cursor: 'e:6' } });
    // One that is further than this one misses nothing.
    expect(told(memory.since({ epoch: 'e', seq: 20 }))).toEqual(['connected true', 'heartbeat 8']);
  });

  it.each([
    ['of another life of the log', { epoch: 'f', seq: 6 }],
    ['from before the snapshot', { epoch: 'e', seq: 4 }],
  ])('resets a tab whose place is %s', (_, cursor) => {
    const memory = remember(connected(false, 'e:5'), page(1, true, 5), status(6));
    expect(told(memory.since(cursor))).toEqual([
      'connected false',
      'reset null',
      'snapshot 5',
      'download_status 6',
      'heartbeat 6',
    ]);
  });

  it('forgets the oldest facts when there are many, and says so', () => {
    const facts = Array.from({ length: 7 }, (_, index) => status(index + 6));
    const memory = remember(connected(false, 'e:5'), page(1, true, 5), ...facts);
    expect(told(memory.since(null))).toEqual([
      'connected false',
      'reset null',
      'download_status 10',
      'download_status 11',
      'download_status 12',
      'heartbeat 12',
    ]);
    expect(told(memory.since({ epoch: 'e', seq: 8 }))[1]).toBe('reset null');
    expect(told(memory.since({ epoch: 'e', seq: 9 }))[0]).toBe('connected true');
  });

  it('keeps no state of what has ended', () => {
    const memory = remember(connected(false, 'e:5'), page(1, true, 5), progress(6), status(7, 'd1', 'completed'));
    expect(told(memory.since({ epoch: 'e', seq: 5 }))).toEqual(['connected true', 'download_status 7', 'heartbeat 7']);
  });

  it('does not pass half a snapshot for a whole one', () => {
    const memory = remember(connected(false, 'e:5'), page(2, true, 5), status(6));
    expect(told(memory.since(null))).toEqual(['connected false', 'reset null', 'download_status 6', 'heartbeat 6']);
  });

  it('goes on over a reconnection, but knows nothing of a topic from before it was carried', () => {
    const memory = remember(connected(false, 'e:5'), page(1, true, 5), status(6), connected(true, 'e:6'), status(7));
    expect(told(memory.since({ epoch: 'e', seq: 5 }))[0]).toBe('connected true');
    memory.take(connected(true, 'e:7', ['downloads', 'storage']));
    expect(told(memory.since({ epoch: 'e', seq: 5 })).slice(0, 2)).toEqual(['connected false', 'reset null']);
    expect(told(memory.since({ epoch: 'e', seq: 7 }))[0]).toBe('connected true');
  });

  it('begins anew with a reset', () => {
    const memory = remember(connected(false, 'e:5'), page(1, true, 5), status(6));
    memory.take({ event: 'reset', data: { reason: 'overflow' }, seq: null, epoch: null });
    memory.take(page(1, true, 9));
    expect(told(memory.since({ epoch: 'e', seq: 6 }))).toEqual([
      'connected false',
      'reset null',
      'snapshot 9',
      'heartbeat 9',
    ]);
  });
});
