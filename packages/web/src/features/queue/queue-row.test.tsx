import type { DownloadProgress } from '@hermes/contracts';
import { HermesProvider } from '@hermes/react';
import { MantineProvider } from '@mantine/core';
import {
  createMemoryHistory,
  createRootRoute,
  createRoute,
  createRouter,
  RouterProvider,
} from '@tanstack/react-router';
import { act, cleanup, render, screen } from '@testing-library/react';
import { type ComponentProps, Profiler } from 'react';
import { afterEach, expect, it, vi } from 'vitest';
import { aDownload } from '../../fixtures/downloads.ts';
import type { DownloadEvent } from './latest-events.ts';
import { LiveRows } from './live-rows.ts';
import { QueueRow } from './queue-row.tsx';

// jsdom has none.
window.matchMedia = (media) => Object.assign(new EventTarget(), { media, matches: false }) as MediaQueryList;

afterEach(cleanup);

/** Ten rows, each counted by itself, in a router that their links need. */
async function renderRows(rows: LiveRows, counts: Map<string, number>) {
  const handlers = { onPress: vi.fn(), onCheck: vi.fn(), onAction: vi.fn() };
  const props: Omit<ComponentProps<typeof QueueRow>, 'id' | 'index' | 'start'> = {
    rows,
    isSelected: false,
    isCursor: false,
    isStray: () => false,
    ...handlers,
  };
  const table = () => (
    <table>
      <tbody>
        {Array.from({ length: 10 }, (_, index) => `row-${index}`).map((id, index) => (
          <Profiler key={id} id={id} onRender={(of) => counts.set(of, (counts.get(of) ?? 0) + 1)}>
            <QueueRow {...props} id={id} index={index} start={index * 44} />
          </Profiler>
        ))}
      </tbody>
    </table>
  );
  const root = createRootRoute();
  const home = createRoute({ getParentRoute: () => root, path: '/', component: table });
  const router = createRouter({ routeTree: root.addChildren([home]), history: createMemoryHistory() });
  render(
    <MantineProvider>
      <HermesProvider sseEnabled={false}>
        {/* Another tree than the app's, which is what the types know. */}
        <RouterProvider router={router as never} />
      </HermesProvider>
    </MantineProvider>,
  );
  await screen.findByText('row-9.iso');
  return handlers;
}

const progress = (seq: number, facts: Partial<DownloadProgress>): DownloadEvent => ({
  event: 'download_progress',
  data: {
    download_id: 'row-3',
    status: 'downloading',
    progress: 55,
    downloaded_bytes: 55,
    total_bytes: 100,
    download_speed: 9,
    eta: 5,
    ...facts,
  },
  seq,
  epoch: 'e1',
});

it('has its numbers written without being drawn again', async () => {
  const rows = new LiveRows((flush) => flush());
  rows.put(Array.from({ length: 10 }, (_, index) => aDownload(`row-${index}`)));
  const counts = new Map<string, number>();
  await renderRows(rows, counts);
  expect(screen.getAllByText('10.0%')).toHaveLength(10);
  counts.clear();
  act(() => {
    rows.apply(progress(2, {}));
  });
  expect([...counts]).toEqual([]);
  expect(screen.getByText('55.0%')).toBeDefined();
  expect(screen.getAllByText('10.0%')).toHaveLength(9);
});

it('is drawn again alone when more than its numbers has changed', async () => {
  const rows = new LiveRows((flush) => flush());
  rows.put(Array.from({ length: 10 }, (_, index) => aDownload(`row-${index}`)));
  const counts = new Map<string, number>();
  await renderRows(rows, counts);
  counts.clear();
  act(() => {
    rows.apply(progress(2, { status: 'processing' }));
  });
  expect([...counts]).toEqual([['row-3', 1]]);
  expect(screen.getByRole('progressbar', { name: 'row-3.iso' }).getAttribute('aria-valuetext')).toBe(
    'Checking the file',
  );
});

it('leads with the reason of a failure and offers to try again', async () => {
  const rows = new LiveRows((flush) => flush());
  const error = { code: 'DISK_FULL', message: 'ENOSPC' } as const;
  rows.put([
    aDownload('row-0', { status: 'failed', error }),
    ...Array.from({ length: 9 }, (_, index) => aDownload(`row-${index + 1}`)),
  ]);
  const handlers = await renderRows(rows, new Map());
  expect(screen.getByText('The disk is full: make room, then add it again')).toBeDefined();
  screen.getByRole('button', { name: 'Retry row-0.iso' }).click();
  expect(handlers.onAction).toHaveBeenCalledWith('row-0', 'retry');
  // The press was the button's, not the row's.
  expect(handlers.onPress).not.toHaveBeenCalled();
});
