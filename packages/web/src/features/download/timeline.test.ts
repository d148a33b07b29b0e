import { expect, it } from 'vitest';
import { aDownload } from '../../fixtures/downloads.ts';
import { entryOf, mergeTimeline, pastOf } from './timeline.ts';

const at = (minute: number) => `2026-11-22T10:0${minute}:00.000Z`;
const error = { code: 'TIMED_OUT', message: 'Nothing came for 30 s' } as const;

it('tells the past in its order, and each thing once', () => {
  const failed = aDownload('a', { status: 'failed', error, created_at: at(0), started_at: at(1), completed_at: at(3) });
  const paused = aDownload('a', { status: 'paused', updated_at: at(2) });
  const seen = [entryOf(failed, 'downloading'), entryOf(paused, 'downloading')].filter((entry) => entry !== null);
  expect(mergeTimeline(pastOf(failed), seen).map(({ status, detail }) => [status, detail])).toEqual([
    ['added', null],
    ['started', null],
    ['paused', null],
    ['failed', 'Nothing came for 30 s'],
  ]);
});

it('names the try of a download that began again, and nothing that has not changed', () => {
  expect(entryOf(aDownload('a', { attempt: 3 }), 'queued')?.detail).toBe('Try 3');
  expect(entryOf(aDownload('a'), 'downloading')).toBeNull();
});
