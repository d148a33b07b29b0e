import { describe, expect, it } from 'vitest';
import { allows, PERMISSIONS } from './auth.ts';
import {
  ACTIVE_STATUSES,
  DOWNLOAD_ERRORS,
  DOWNLOAD_STATUSES,
  FINAL_STATUSES,
  isActiveStatus,
  isFinalStatus,
} from './download.ts';
import { priorityOfRank, queueRank, rankOfScore } from './download-job.ts';
import { EVENTS, type EventName, isFact, TOPICS } from './events.ts';
import { CONTROL_FRAMES } from './frames.ts';
import { PROBLEMS } from './problems.ts';

const SCREAMING_SNAKE = /^[A-Z]+(?:_[A-Z]+)*$/;

describe('the table of problems', () => {
  it.each(Object.entries(PROBLEMS))('%s is sane', (code, { status, title, retryable }) => {
    expect(code).toMatch(SCREAMING_SNAKE);
    expect(title).toMatch(/^[A-Z].*[^.]$/);
    expect(status).toBeGreaterThanOrEqual(400);
    expect(status).toBeLessThan(600);
    // What can go away by itself is said by a status that means so, and the other way round.
    expect(retryable).toBe([429, 503, 507].includes(status));
  });

  it('has no title twice', () => {
    const titles = Object.values(PROBLEMS).map(({ title }) => title);
    expect(new Set(titles).size).toBe(titles.length);
  });

  it('answers a stream that is off or full with the documented codes', () => {
    expect(PROBLEMS.SSE_DISABLED.status).toBe(503);
    expect(PROBLEMS.SSE_CAPACITY.status).toBe(503);
  });
});

describe('the table of download errors', () => {
  it.each(Object.entries(DOWNLOAD_ERRORS))('%s is sane', (code, { meaning, retryable }) => {
    expect(code).toMatch(SCREAMING_SNAKE);
    expect(meaning).toMatch(/^[A-Z].*\.$/);
    expect(retryable).toBeTypeOf('boolean');
  });

  it('has no meaning twice', () => {
    const meanings = Object.values(DOWNLOAD_ERRORS).map(({ meaning }) => meaning);
    expect(new Set(meanings).size).toBe(meanings.length);
  });
});

describe('the table of events', () => {
  it('names nothing as EventSource does, and nothing twice', () => {
    const names = [...Object.keys(EVENTS), ...Object.keys(CONTROL_FRAMES)];
    expect(names).not.toContain('error');
    expect(names).not.toContain('message');
    expect(names).not.toContain('open');
    expect(new Set(names).size).toBe(names.length);
    for (const name of names) expect(name).toMatch(/^[a-z]+(?:_[a-z]+)*$/);
  });

  it('covers every topic, and keys a state by a field of its data', () => {
    expect([...new Set(Object.values(EVENTS).map(({ topic }) => topic))].sort()).toEqual([...TOPICS].sort());
    for (const { key, data } of Object.values(EVENTS)) {
      if (key !== null) expect(Object.keys(data.shape)).toContain(key);
    }
  });

  it('knows facts from states', () => {
    const facts = (Object.keys(EVENTS) as EventName[]).filter(isFact);
    expect(facts).toEqual(['download_status', 'queue_update', 'system_notification']);
  });
});

describe('statuses', () => {
  it('are final, active or waiting', () => {
    expect(DOWNLOAD_STATUSES.filter(isFinalStatus)).toEqual([...FINAL_STATUSES]);
    expect(DOWNLOAD_STATUSES.filter(isActiveStatus)).toEqual([...ACTIVE_STATUSES]);
    expect(DOWNLOAD_STATUSES.filter((status) => !isFinalStatus(status) && !isActiveStatus(status))).toEqual([
      'queued',
      'paused',
    ]);
  });
});

describe('permissions', () => {
  it('stand each by itself, except that admin includes all', () => {
    for (const needed of PERMISSIONS) {
      expect(allows(['admin'], needed)).toBe(true);
      expect(allows([], needed)).toBe(false);
      for (const held of PERMISSIONS.filter((one) => one !== 'admin')) {
        expect(allows([held], needed)).toBe(held === needed);
      }
    }
  });
});

describe('the priority of a job', () => {
  it('is a priority to BullMQ, which takes 1 to 2^21, the first one first', () => {
    expect(queueRank(60)).toBeLessThan(queueRank(50));
    for (let priority = 0; priority <= 100; priority++) {
      const rank = queueRank(priority);
      expect(rank).toBeGreaterThan(0);
      expect(rank).toBeLessThan(2 ** 21);
      expect([rank - 9000, rank, rank + 9000].map(priorityOfRank)).toEqual([priority, priority, priority]);
      // Also for the four billionth that came.
      expect(rankOfScore(rank * 2 ** 32 + 2 ** 32 - 1)).toBe(rank);
    }
    expect(queueRank(0) * 2 ** 32 + 2 ** 32).toBeLessThan(Number.MAX_SAFE_INTEGER);
  });
});
