import { expect, it } from 'vitest';
import { formatEvent } from './format-event.ts';

const id = '3f2a9c1b-0000';
const progress = { download_id: id, progress: 42, downloaded_bytes: 12_300_000, total_bytes: 29_300_000 };
const status = {
  download_id: id,
  status: 'failed',
  previous_status: 'downloading',
  filename: 'a.bin',
  url: 'http://a/b',
};

it.each([
  [
    'download_progress',
    { ...progress, download_speed: 3_100_000, eta: 5 },
    'download_progress    3f2a9c1b    42.0 %  12.3 MB of 29.3 MB  3.1 MB/s  5s left',
  ],
  [
    'download_progress',
    { ...progress, progress: null, total_bytes: null, download_speed: null, eta: null },
    'download_progress    3f2a9c1b       ? %  12.3 MB',
  ],
  [
    'download_status',
    { ...status, error: { code: 'DISK_FULL', message: 'full' } },
    'download_status      3f2a9c1b  downloading → failed  a.bin  DISK_FULL: full',
  ],
  [
    'download_status',
    { ...status, previous_status: null, filename: null, error: null },
    'download_status      3f2a9c1b  failed  http://a/b',
  ],
  [
    'download_status',
    { ...status, previous_status: null, filename: 'a\u001b]0;x\u0007', error: null },
    'download_status      3f2a9c1b  failed  a\ufffd]0;x\ufffd',
  ],
  [
    'queue_update',
    { download_id: id, action: 'added', status: 'queued' },
    'queue_update         3f2a9c1b  added  queued',
  ],
  ['system_notification', { level: 'error', code: 'X', message: 'y' }, 'system_notification  error  X: y'],
  ['snapshot', { downloads: [1, 2], page: 1 }, 'snapshot             page 1: 2 open'],
  ['connected', { connection_id: 'c', recovered: false, cursor: 'e:1' }, 'connected            c  begins at e:1'],
  ['connected', { connection_id: 'c', recovered: true, cursor: 'e:1' }, 'connected            c  goes on from e:1'],
  ['heartbeat', { server_time: 'now' }, 'heartbeat'],
  ['reset', { reason: 'trimmed' }, 'reset                {"reason":"trimmed"}'],
])('%s', (event, data, line) => {
  expect(formatEvent({ id: undefined, event, data }, new Date(2026, 0, 1, 9, 41, 7))).toBe(`09:41:07  ${line}`);
});
