import type { Stats, Timeline } from '@hermes/contracts';
import { cleanup, fireEvent, screen, waitFor } from '@testing-library/react';
import { afterEach, beforeEach, expect, it } from 'vitest';
import { HermesServer, json, problem } from '../../../../client/src/fixtures/hermes-server.ts';
import { renderPage } from '../../fixtures/render-page.tsx';
import { AnalyticsPage } from './analytics-page.tsx';
import { readAnalyticsSearch } from './analytics-search.ts';

let server: HermesServer;
beforeEach(async () => {
  server = await HermesServer.start();
  server.routes.set('GET /stats', json(STATS));
  server.routes.set('GET /timeline', json(TIMELINE));
  server.routes.set('GET /timeline/summary', problem('NOT_FOUND'));
});
afterEach(async () => {
  cleanup();
  await server.stop();
});

const SPAN = { period: 'week', from: '2026-11-16T00:00:00.000Z', to: '2026-11-18T00:00:00.000Z' } as const;
const STATS: Stats = {
  ...SPAN,
  downloads: 12,
  completed: 9,
  failed: 1,
  cancelled: 0,
  bytes: 9_000_000,
  success_rate: 0.9,
  average_duration_ms: 61_000,
  average_speed: null,
};
const NOTHING = { downloads: 0, completed: 0, failed: 0, cancelled: 0, bytes: 0 };
const TIMELINE: Timeline = {
  ...SPAN,
  buckets: [
    { ...NOTHING, from: '2026-11-16T00:00:00.000Z', to: '2026-11-17T00:00:00.000Z' },
    {
      downloads: 12,
      completed: 9,
      failed: 1,
      cancelled: 0,
      bytes: 9_000_000,
      from: '2026-11-17T00:00:00.000Z',
      to: SPAN.to,
    },
  ],
};

const open = (query = '') =>
  renderPage({ address: `/analytics${query}`, component: AnalyticsPage, validateSearch: readAnalyticsSearch, server });

it('shows the numbers of the period that the address names, and leads to another', async () => {
  const router = open('?period=month');
  const figures = await screen.findByTestId('stats-figures');
  expect(figures.textContent).toContain('Success rate90.0%');
  expect(figures.textContent).toContain('Average time1m 01s');
  expect(figures.textContent).toContain('Average speed–');
  expect(server.requests.some(({ path }) => path === '/stats?period=month')).toBe(true);
  expect(screen.getByTestId('period-month').getAttribute('aria-current')).toBe('page');
  fireEvent.click(screen.getByTestId('period-week'));
  await waitFor(() => expect(router.state.location.search).toEqual({}));
  await waitFor(() => expect(server.requests.some(({ path }) => path === '/stats?period=week')).toBe(true));
});

it('says what each bar stands for, and leads from bar to bar by the arrows', async () => {
  open();
  await screen.findByTestId('timeline-chart');
  const full = screen.getByRole('button', { name: /17.*: 9 completed, 1 failed$/ });
  const empty = screen.getByRole('button', { name: /16.*: nothing$/ });
  expect([full.tabIndex, empty.tabIndex]).toEqual([0, -1]);
  full.focus();
  fireEvent.keyDown(full, { key: 'ArrowLeft' });
  expect(document.activeElement).toBe(empty);
  fireEvent.keyDown(empty, { key: 'ArrowLeft' });
  expect(document.activeElement).toBe(empty);
  fireEvent.keyDown(empty, { key: 'End' });
  expect(document.activeElement).toBe(full);
  expect(full.querySelector<HTMLElement>('[data-part="completed"]')?.style.height).toBe('90%');
});

it('has the numbers as a table, too', async () => {
  open();
  fireEvent.click(await screen.findByTestId('timeline-table'));
  const rows = (await screen.findAllByRole('row')).map((row) => row.textContent);
  expect(rows).toHaveLength(3);
  expect(rows[1]).toMatch(/17.*129109\.00.MB$/);
});

it('says that nothing has happened, and that the numbers could not be loaded', async () => {
  server.routes.set('GET /stats', json({ ...STATS, ...NOTHING }));
  open();
  expect(await screen.findByRole('heading', { name: 'Nothing within a week' })).toBeDefined();
  cleanup();
  server.routes.set('GET /stats', problem('VALIDATION_FAILED'));
  open();
  expect(await screen.findByTestId('list-error')).toBeDefined();
});
