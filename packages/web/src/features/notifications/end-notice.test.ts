import { expect, it } from 'vitest';
import { aDownload } from '../../fixtures/downloads.ts';
import { endNotice } from './end-notice.ts';

it('tells that a download has arrived, or why it has not', () => {
  expect(endNotice(aDownload('a', { status: 'completed', downloaded_bytes: 1_500_000 }), 'processing')).toEqual({
    title: 'a.iso',
    body: 'Finished, 1.50\u202fMB',
  });
  const error = { code: 'DISK_FULL', message: 'ENOSPC' } as const;
  expect(endNotice(aDownload('a', { status: 'failed', error }), 'downloading')?.body).toBe(
    'Failed: The disk is full: make room, then add it again',
  );
});

it.each([
  ['it was cancelled', aDownload('a', { status: 'cancelled' }), 'downloading'],
  ['it goes on', aDownload('a'), 'queued'],
  ['it had ended before', aDownload('a', { status: 'completed' }), 'completed'],
  ['it is new to the stream', aDownload('a', { status: 'completed' }), null],
] as const)('says nothing when %s', (_, download, previous) => {
  expect(endNotice(download, previous)).toBeNull();
});
