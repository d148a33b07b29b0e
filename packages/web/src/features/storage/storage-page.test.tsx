import type { Storage, StorageScan } from '@hermes/contracts';
import { cleanup, fireEvent, screen, waitFor } from '@testing-library/react';
import { afterEach, beforeEach, expect, it } from 'vitest';
import { HermesServer, json } from '../../../../client/src/fixtures/hermes-server.ts';
import { renderPage } from '../../fixtures/render-page.tsx';
import { diskShares } from './disk-shares.ts';
import { StoragePage } from './storage-page.tsx';

const STORAGE: Storage = {
  total_space: 1000,
  used_space: 400,
  free_space: 400,
  downloads_size: 100,
  downloads_count: 4,
  generated_at: '2026-11-01T10:00:00.000Z',
  is_stale: false,
  level: 'ok',
  warn_percent: 90,
  stop_percent: 95,
};
const SCAN: StorageScan = {
  status: 'idle',
  started_at: null,
  finished_at: null,
  files_scanned: 0,
  snapshot: 'fresh',
  error: null,
  duration_ms: 1000,
  scans: 1,
  failures: 0,
  joined: 0,
  stale_served: 0,
};

let server: HermesServer;
beforeEach(async () => {
  server = await HermesServer.start();
  server.routes.set('GET /storage', json(STORAGE));
  server.routes.set('GET /storage/scan-status', json(SCAN));
});
afterEach(async () => {
  cleanup();
  await server.stop();
});

const open = (sseEnabled = false) => renderPage({ address: '/storage', component: StoragePage, server, sseEnabled });

it('shows how full the disk is by what can be used of it', async () => {
  open();
  const meter = await screen.findByRole('meter', { name: 'Disk' });
  expect(meter.getAttribute('aria-valuenow')).toBe('50');
  expect(screen.getByTestId('storage-facts').textContent).toContain('Finished files4');
  expect(screen.queryByTestId('disk-level')).toBeNull();
  await waitFor(() => expect(screen.getByTestId('scan-state').textContent).toContain('The last count took 1s.'));
});

it('warns while the disk is too full', async () => {
  server.routes.set('GET /storage', json({ ...STORAGE, level: 'stop' }));
  open();
  expect((await screen.findByTestId('disk-level')).textContent).toContain('New downloads wait in the queue');
});

it('counts again when asked, and says how far it is until it has', async () => {
  open();
  await screen.findByTestId('storage-facts');
  const running = { ...SCAN, status: 'running', files_scanned: 7 };
  server.routes.set('POST /storage/rescan', json(running, {}, 202));
  server.routes.set('GET /storage/scan-status', json(running));
  fireEvent.click(screen.getByTestId('rescan-button'));
  await waitFor(() => expect(screen.getByTestId('scan-state').textContent).toContain('7 files so far'));
  server.routes.set('GET /storage/scan-status', json({ ...SCAN, status: 'failed', error: 'EACCES' }));
  await waitFor(() => expect(screen.getByTestId('scan-state').textContent).toContain('failed: EACCES'), {
    timeout: 5000,
  });
});

it('follows the stream: its numbers, and what is told of the disk', async () => {
  server.onStream = (stream) => stream.connected({ cursor: 'e1:1' });
  open(true);
  await screen.findByTestId('storage-facts');
  // The notices are asked for once there is something to show.
  await waitFor(() => expect(server.streams.at(-1)?.path).toContain('system'));
  server.lastStream.send('storage_update', { ...STORAGE, downloads_count: 5 }, 'e1:2');
  const notice = { level: 'warning', code: 'DISK_SPACE_LOW', message: 'The disk is 91 % full: 3.0 GB are left.' };
  server.lastStream.send('system_notification', notice, 'e1:3');
  expect((await screen.findByTestId('disk-notice')).textContent).toContain('91 % full');
  expect(screen.getByTestId('storage-facts').textContent).toContain('Finished files5');
});

it.each([
  ['some is kept back', {}, { downloads: 12.5, others: 37.5, used: 50, reserved: 200 }],
  [
    'the downloads are counted older than the disk',
    { downloads_size: 900 },
    { downloads: 50, others: 0, used: 50, reserved: 200 },
  ],
  ['nothing is left', { free_space: 0 }, { downloads: 25, others: 75, used: 100, reserved: 600 }],
  ['nothing is known', { used_space: 0, free_space: 0 }, { downloads: 0, others: 0, used: 0, reserved: 1000 }],
])('shares the disk out when %s', (_, fields, shares) => {
  expect(diskShares({ ...STORAGE, ...fields })).toEqual(shares);
});
