import type { StreamEvent } from '@hermes/react';
import { describe, expect, it } from 'vitest';
import { makeProgress } from '../../../../client/src/fixtures/downloads.ts';
import { EventLog } from './event-log.ts';
import { inspect, matches, NO_FILTER } from './inspected-event.ts';

const progress = (seq: number, id = 'd1'): StreamEvent => ({
  event: 'download_progress',
  data: makeProgress({ download_id: id, progress: seq % 100 }),
  seq,
  epoch: 'e1',
});
const connected: StreamEvent = {
  event: 'connected',
  data: {
    connection_id: 'g-1',
    recovered: false,
    cursor: 'e1:0',
    server_time: '2026-01-01T00:00:00.000Z',
    heartbeat_interval: 30,
    topics: ['downloads'],
  },
  seq: null,
  epoch: null,
};

function makeLog(maxRows?: number) {
  const flushes: (() => void)[] = [];
  const log = new EventLog((flush) => flushes.push(flush), maxRows);
  const frame = () => {
    for (const flush of flushes.splice(0)) flush();
  };
  return { log, frame, ids: () => log.get().rows.map(({ id }) => id) };
}

describe('EventLog', () => {
  it('tells of all that came in a frame at once, newest first', () => {
    const { log, frame, ids } = makeLog();
    let told = 0;
    log.subscribe(() => {
      told += 1;
    });
    for (const seq of [1, 2, 3]) log.add(progress(seq), 0);
    expect(told).toBe(0);
    frame();
    expect(told).toBe(1);
    expect(ids()).toEqual(['e1:3', 'e1:2', 'e1:1']);
  });

  it('forgets what is older than it holds, paused or not', () => {
    const { log, frame, ids } = makeLog(3);
    for (let seq = 1; seq <= 20; seq += 1) log.add(progress(seq), 0);
    frame();
    expect(ids()).toEqual(['e1:20', 'e1:19', 'e1:18']);
    log.pause();
    for (let seq = 21; seq <= 40; seq += 1) log.add(progress(seq), 0);
    frame();
    expect(ids()).toEqual(['e1:20', 'e1:19', 'e1:18']);
    expect(log.get().waiting).toBe(20);
    log.resume();
    expect(ids()).toEqual(['e1:40', 'e1:39', 'e1:38']);
    expect(log.get()).toMatchObject({ isPaused: false, waiting: 0 });
  });

  it('goes on knowing the connection while it is paused, and when it is cleared', () => {
    const { log, frame } = makeLog();
    log.pause();
    log.add(connected, 5);
    log.add(progress(7), 6);
    frame();
    log.clear();
    expect(log.get()).toMatchObject({ rows: [], waiting: 0 });
    expect(log.get().facts).toMatchObject({ connectionId: 'g-1', cursor: 'e1:7', connections: 1, events: 2 });
    log.resume();
    expect(log.get().rows).toEqual([]);
  });
});

describe('matches', () => {
  const row = inspect(progress(5, 'abc'), 1, 0);

  it.each([
    ['everything', {}, true],
    ['its event', { event: 'download_progress' }, true],
    ['another event', { event: 'queue_update' }, false],
    ['its topic', { topic: 'downloads' }, true],
    ['the gateway’s own', { topic: 'control' }, false],
    ['how its id begins', { downloadId: 'ab' }, true],
    ['another id', { downloadId: 'bc' }, false],
    ['a part of the data', { text: '"PROGRESS":5' }, true],
    ['a part of the name', { text: 'load_pro' }, true],
    ['what is nowhere', { text: 'zebra' }, false],
  ])('lets %s through or not', (_, filter, expected) => {
    expect(matches(row, { ...NO_FILTER, ...filter })).toBe(expected);
  });

  it('takes what the gateway says of itself for no topic and no download', () => {
    const own = inspect(connected, 1, 0);
    expect(own).toMatchObject({ topic: 'control', id: null, downloadId: null });
    expect(matches(own, { ...NO_FILTER, downloadId: 'd' })).toBe(false);
  });
});
