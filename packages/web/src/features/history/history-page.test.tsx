import type { Download } from '@hermes/contracts';
import { cleanup, fireEvent, screen, waitFor, within } from '@testing-library/react';
import { afterEach, beforeEach, expect, it } from 'vitest';
import { HermesServer, json, problem } from '../../../../client/src/fixtures/hermes-server.ts';
import { aDownload } from '../../fixtures/downloads.ts';
import { renderPage } from '../../fixtures/render-page.tsx';
import { HistoryPage } from './history-page.tsx';
import { readHistorySearch } from './history-search.ts';

let server: HermesServer;
beforeEach(async () => {
  server = await HermesServer.start();
});
afterEach(async () => {
  cleanup();
  await server.stop();
});

const open = (query = '') =>
  renderPage({ address: `/history${query}`, component: HistoryPage, validateSearch: readHistorySearch, server });

function serve(items: Download[], next_cursor: string | null = null, total = items.length) {
  server.routes.set('GET /history', json({ items, total, next_cursor }));
}

const asked = () =>
  server.requests
    .filter(({ path }) => path.startsWith('/history'))
    .map(({ path }) => Object.fromEntries(new URL(path, 'http://x').searchParams));

const failed = aDownload('lost', { status: 'failed', error: { code: 'DISK_FULL', message: 'ENOSPC' } });
const completed = aDownload('done', {
  status: 'completed',
  completed_at: '2026-11-01T10:00:00.000Z',
  result: {
    path: 'done.iso',
    size: 4_000_000,
    sha256: 'ab'.repeat(32),
    content_type: 'application/zip',
    duration_ms: 2000,
  },
});

it('leads with the reason of what failed, and says of what arrived how large and how fast', async () => {
  serve([failed, completed]);
  open();
  const [lost, done] = await screen.findAllByTestId('history-row');
  expect(within(lost as HTMLElement).getByText('The disk is full: make room, then add it again')).toBeDefined();
  expect(within(done as HTMLElement).getByText('4.00 MB')).toBeDefined();
  expect(within(done as HTMLElement).getByText('2.00 MB/s')).toBeDefined();
  expect(within(done as HTMLElement).queryByTestId('history-retry')).toBeNull();
  expect(screen.getByTestId('history-total').textContent).toBe('2 in all');
});

it('asks for what the address says, and exports the same', async () => {
  serve([completed]);
  open('?status=completed&host=files.example&q=iso');
  await screen.findByTestId('history-row');
  const filters = { status: 'completed', host: 'files.example', q: 'iso' };
  expect(asked()).toEqual([{ ...filters, limit: '50' }]);
  const link = new URL(screen.getByTestId('export-csv').getAttribute('href') ?? '');
  expect(Object.fromEntries(link.searchParams)).toEqual({ ...filters, format: 'csv' });
});

it('keeps what is typed in the address once the typing pauses, and begins with the newest again', async () => {
  serve([completed]);
  const router = open('?cursor=c9');
  fireEvent.change(await screen.findByTestId('history-search'), { target: { value: 'ub' } });
  fireEvent.change(screen.getByTestId('history-search'), { target: { value: 'ubuntu ' } });
  await waitFor(() => expect(router.state.location.search).toEqual({ q: 'ubuntu' }));
  await waitFor(() => expect(asked().at(-1)).toEqual({ q: 'ubuntu', limit: '50' }));
  expect(asked().some(({ q }) => q === 'ub')).toBe(false);
});

it('goes to older ones and back', async () => {
  serve([completed], 'c1', 80);
  open();
  fireEvent.click(await screen.findByTestId('history-older'));
  await waitFor(() => expect(asked().at(-1)).toEqual({ cursor: 'c1', limit: '50' }));
  fireEvent.click(await screen.findByRole('link', { name: 'Newest' }));
  await waitFor(() => expect(asked().at(-1)).toEqual({ limit: '50' }));
});

it('asks before it deletes, and asks for the list again after', async () => {
  serve([failed]);
  server.routes.set('DELETE /download/lost', json({}));
  open();
  fireEvent.click(await screen.findByTestId('history-delete'));
  fireEvent.click(await screen.findByTestId('confirm-button'));
  await waitFor(() => expect(server.count('DELETE /download/lost')).toBe(1));
  await waitFor(() => expect(asked().length).toBeGreaterThan(1));
});

it('says why there is nothing: nothing has ended, nothing matches, or it could not be loaded', async () => {
  serve([]);
  open();
  expect(await screen.findByRole('heading', { name: 'Nothing has ended yet' })).toBeDefined();
  cleanup();
  open('?q=nowhere');
  expect(await screen.findByRole('heading', { name: 'Nothing matches' })).toBeDefined();
  cleanup();
  server.routes.set('GET /history', problem('VALIDATION_FAILED'));
  const router = open('?cursor=broken&q=x');
  expect(await screen.findByRole('heading', { name: 'The history could not be loaded' })).toBeDefined();
  fireEvent.click(screen.getByRole('button', { name: 'Try again' }));
  await waitFor(() => expect(router.state.location.search).toEqual({ q: 'x' }));
});
