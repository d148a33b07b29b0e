import { priorityOfRank } from '@hermes/contracts';
import fc from 'fast-check';
import { expect, it } from 'vitest';
import { newDownload } from './fixtures/events.ts';
import { startTestLog } from './fixtures/test-log.ts';
import { moveDownload } from './move-download.ts';

const { server, redis, publisher } = await startTestLog();

const order = () => redis.zrange(server.keys.openDownloads, '0', '-1');
const move = (id: string, position: number) => moveDownload(redis, server.keys, id, position);

async function make(priorities: Record<string, number>): Promise<void> {
  for (const [id, priority] of Object.entries(priorities)) {
    await publisher.createDownload({ ...newDownload(id), priority });
  }
}

it('moves to the front, to the back, and in between two of one rank', async () => {
  await make({ a: 50, b: 50, c: 50, d: 50 });
  expect(await move('d', 0)).toMatchObject({ moved: true, ids: ['d'] });
  expect(await order()).toEqual(['d', 'a', 'b', 'c']);
  await move('d', 9);
  expect(await order()).toEqual(['a', 'b', 'c', 'd']);
  // What stands before goes along, so that the workers' queue can tell them from what stands behind.
  expect(await move('d', 2)).toMatchObject({ ids: ['a', 'b', 'd'] });
  expect(await order()).toEqual(['a', 'b', 'd', 'c']);
  await make({ e: 50 });
  expect(await order()).toEqual(['a', 'b', 'd', 'c', 'e']);
});

it('takes the nearest priority that leads to the place', async () => {
  await make({ high: 90, a: 50, b: 50, low: 10 });
  const first = await move('low', 0);
  expect([await order(), first.moved && priorityOfRank(first.rank)]).toEqual([['low', 'high', 'a', 'b'], 90]);
  const last = await move('high', 3);
  expect([await order(), last.moved && priorityOfRank(last.rank)]).toEqual([['low', 'a', 'b', 'high'], 50]);
});

it('counts only what waits, and moves nothing else', async () => {
  await make({ running: 50, a: 50, b: 50 });
  await publisher.claimAttempt('running', {});
  await move('b', 0);
  expect((await order()).filter((id) => id !== 'running')).toEqual(['b', 'a']);
  expect(await move('running', 0)).toEqual({ moved: false, status: 'downloading' });
  expect(await move('unknown', 0)).toEqual({ moved: false, status: null });
});

it('puts any of any queue where it is wanted, leaves the others as they were, and ranks them by their order', async () => {
  const moves = fc.array(fc.tuple(fc.nat(7), fc.nat(8)), { maxLength: 12 });
  const priorities = fc.array(fc.constantFrom(50, 50, 50, 60, 40), { minLength: 8, maxLength: 8 });
  await fc.assert(
    fc.asyncProperty(priorities, moves, async (given, todo) => {
      await redis.flushall();
      await make(Object.fromEntries(given.map((priority, at) => [`d${at}`, priority])));
      for (const [which, position] of todo) {
        const id = `d${which}`;
        const others = (await order()).filter((one) => one !== id);
        const told = await move(id, position);
        expect(await order()).toEqual(others.toSpliced(position, 0, id));
        expect(told.moved && told.ids.at(-1)).toBe(id);
      }
    }),
    { numRuns: 60 },
  );
});
