import type { DownloadStatus } from '@hermes/contracts';
import { cleanup, screen, waitFor } from '@testing-library/react';
import { Profiler } from 'react';
import { afterEach, beforeEach, expect, it, vi } from 'vitest';
import { makeCounts, makeProgress, makeStatusEvent } from '../../../../client/src/fixtures/downloads.ts';
import { HermesServer, json } from '../../../../client/src/fixtures/hermes-server.ts';
import { aDownload } from '../../fixtures/downloads.ts';
import { renderPage } from '../../fixtures/render-page.tsx';
import { formatSpeed } from '../../format.ts';
import { Dashboard } from './dashboard.tsx';

// jsdom has neither.
Object.assign(document, { fonts: new EventTarget() });
vi.stubGlobal(
  'ResizeObserver',
  class {
    observe() {}
    unobserve() {}
    disconnect() {}
  },
);

const rows = ['a', 'b'].map((id, n) => aDownload(id, { seq: n + 1, download_speed: 500_000 }));

let server: HermesServer;
/** What the API says from now on. */
let progress: number;
let drawn: number;
beforeEach(async () => {
  progress = 10;
  drawn = 0;
  server = await HermesServer.start();
  const counts = makeCounts({ downloading: 2 });
  server.routes.set('GET /download/queue', (response, request) => {
    const wanted = new URL(request.path, server.baseUrl).searchParams.get('status')?.split(',') as DownloadStatus[];
    const items = wanted.includes('downloading')
      ? rows.map((row) => ({ ...row, progress, seq: row.seq + progress }))
      : [];
    json({ items, counts, total: items.length, next_cursor: null }, { 'Hermes-Cursor': `e1:${2 + progress}` })(
      response,
      request,
    );
  });
  server.onStream = (stream) => {
    stream.connected({ cursor: 'e1:20' });
    stream.send('snapshot', { downloads: rows, counts, page: 1, last: true }, 'e1:20');
  };
});
afterEach(async () => {
  cleanup();
  await server.stop();
});

const open = (sseEnabled = true) =>
  renderPage({
    address: '/',
    component: () => (
      <Profiler id="dashboard" onRender={() => (drawn += 1)}>
        <Dashboard />
      </Profiler>
    ),
    server,
    sseEnabled,
  });

const texts = (selector: string) => [...document.querySelectorAll(selector)].map((element) => element.textContent);
const untilLive = () => waitFor(() => expect(document.querySelector('[data-connection="live"]')).not.toBeNull());
const percents = () => texts('.download-row-percent');

it('draws nothing while only numbers run, and writes them into their rows', async () => {
  open();
  await waitFor(() => expect(percents()).toEqual(['10.0%', '10.0%']));
  await untilLive();
  // The first one may still be drawn for the connection.
  server.lastStream.send('download_progress', makeProgress({ download_id: 'b', progress: 20 }), 'e1:21');
  await waitFor(() => expect(percents()).toEqual(['10.0%', '20.0%']));
  drawn = 0;
  for (let seq = 22; seq < 50; seq += 1) {
    server.lastStream.send('download_progress', makeProgress({ download_id: 'a', progress: seq }), `e1:${seq}`);
  }
  await waitFor(() => expect(percents()).toEqual(['49.0%', '20.0%']));
  expect(drawn).toBe(0);
});

it('is drawn for what happens to a download, with the numbers that have run meanwhile', async () => {
  open();
  await untilLive();
  await waitFor(() => expect(percents()).toEqual(['10.0%', '10.0%']));
  server.lastStream.send('download_progress', makeProgress({ download_id: 'b', progress: 44 }), 'e1:21');
  await waitFor(() => expect(percents()).toEqual(['10.0%', '44.0%']));
  const ended = makeStatusEvent('downloading', { ...rows[0], status: 'completed', progress: 100 });
  server.lastStream.send('download_status', ended, 'e1:22');
  await waitFor(() => expect(screen.getByRole('region', { name: 'Finished' })).toBeDefined());
  expect(percents()).toEqual(['44.0%']);
  expect(screen.getByTestId('filter-finished').textContent).toContain('1');
});

it('says how fast all are together, as the stream says it', async () => {
  open();
  await untilLive();
  await waitFor(() => expect(screen.getByTestId('total-speed').textContent).toBe(formatSpeed(1_000_000)));
  const stats = { counts: makeCounts({ downloading: 2 }), total_speed: 7_000_000 };
  server.lastStream.send('queue_stats', stats, 'e1:21');
  await waitFor(() => expect(screen.getByTestId('total-speed').textContent).toBe(formatSpeed(7_000_000)));
});

it('is drawn for every answer where there is no stream', async () => {
  open(false);
  await waitFor(() => expect(percents()).toEqual(['10.0%', '10.0%']));
  progress = 31;
  await waitFor(() => expect(percents()).toEqual(['31.0%', '31.0%']));
  expect(screen.getByTestId('total-speed').textContent).toBe(formatSpeed(1_000_000));
});
