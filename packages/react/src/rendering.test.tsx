import type { Download } from '@hermes/contracts';
import { QueryClient } from '@tanstack/react-query';
import { cleanup, configure, render, waitFor } from '@testing-library/react';
import { memo, type ReactNode, StrictMode, useMemo } from 'react';
import { afterEach, beforeEach, expect, it } from 'vitest';
import { makeCounts, makeDownload, makeProgress } from '../../client/src/fixtures/downloads.ts';
import { HermesServer, json } from '../../client/src/fixtures/hermes-server.ts';
import { HermesContext, useHermes } from './hermes-context.ts';
import { HermesProvider, queryKeys, useDownloadProgressSSE, useQueueUpdatesSSE } from './index.ts';

// The machine may be busy with other things.
configure({ asyncUtilTimeout: 30_000 });

const ROWS = 1_000;
const downloads = Array.from({ length: ROWS }, (_, n) =>
  makeDownload({ download_id: `d${n}`, created_at: new Date(Date.UTC(2026, 0, 1) + n * 1000).toISOString() }),
);

let server: HermesServer;
let client: QueryClient;
beforeEach(async () => {
  server = await HermesServer.start();
  client = new QueryClient();
  const counts = makeCounts({ downloading: ROWS });
  const answer = { items: downloads, counts, total: ROWS, next_cursor: null };
  server.routes.set('GET /download/queue', json(answer, { 'Hermes-Cursor': 'e1:1' }));
  server.onStream = (stream) => {
    stream.connected({ cursor: 'e1:1' });
    stream.send('snapshot', { downloads, counts, page: 1, last: true }, 'e1:1');
  };
});
afterEach(async () => {
  cleanup();
  client.clear();
  await server.stop();
});

/** How often each row has been drawn, and the list. */
function table() {
  const drawn = { lists: 0, rows: new Map<string, number>() };
  const Row = memo(function Row({ row }: { row: Download }) {
    drawn.rows.set(row.download_id, (drawn.rows.get(row.download_id) ?? 0) + 1);
    return <li>{row.progress}</li>;
  });
  function Table() {
    drawn.lists += 1;
    const { data, isConnected } = useQueueUpdatesSSE({ limit: 100 });
    return (
      <ul data-connected={isConnected}>
        {data?.items.map((row) => (
          <Row key={row.download_id} row={row} />
        ))}
      </ul>
    );
  }
  render(
    <HermesProvider baseUrl={server.baseUrl} queryClient={client}>
      <Table />
    </HermesProvider>,
  );
  return drawn;
}

const frame = (seq: number, download_id: string, progress: number) =>
  `id: e1:${seq}\nevent: download_progress\ndata: ${JSON.stringify(makeProgress({ download_id, progress }))}\n\n`;

async function settled(): Promise<void> {
  await waitFor(() => expect(document.querySelectorAll('[data-connected="true"] li')).toHaveLength(ROWS));
}

it('draws one row of a thousand again for one event', async () => {
  const drawn = table();
  await settled();
  drawn.rows.clear();
  server.lastStream.write(frame(2, 'd500', 42));
  await waitFor(() => expect(document.querySelectorAll('li')[500]?.textContent).toBe('42'));
  expect([...drawn.rows]).toEqual([['d500', 1]]);
});

it('draws nobody for what they do not select', async () => {
  const drawn = { total: 0 };
  function Total() {
    drawn.total += 1;
    const { data, isConnected } = useQueueUpdatesSSE({ limit: 100 }, { select: ({ total }) => total });
    return (
      <p data-testid="total" data-connected={isConnected}>
        {data}
      </p>
    );
  }
  function Whole() {
    const { data } = useQueueUpdatesSSE({ limit: 100 });
    return <p data-testid="first">{data?.items[0]?.progress}</p>;
  }
  const { getByTestId } = render(
    <HermesProvider baseUrl={server.baseUrl} queryClient={client}>
      <Total />
      <Whole />
    </HermesProvider>,
  );
  await waitFor(() => expect(getByTestId('total').dataset.connected).toBe('true'));
  await waitFor(() => expect(getByTestId('total').textContent).toBe(String(ROWS)));
  drawn.total = 0;
  server.lastStream.write(frame(2, 'd0', 42));
  await waitFor(() => expect(getByTestId('first').textContent).toBe('42'));
  expect(drawn.total).toBe(0);
});

it('draws the list a few times for thousands of events', async () => {
  const drawn = table();
  await settled();
  drawn.lists = 0;
  let writes = 0;
  const stop = client.getQueryCache().subscribe(({ type, query }) => {
    if (type === 'updated' && query.queryKey[0] === 'queue') writes += 1;
  });
  const text: string[] = [];
  for (let n = 0; n < 2_000; n += 1) text.push(frame(n + 2, `d${n % ROWS}`, n < ROWS ? 10 : 20));
  server.lastStream.write(text.join(''));
  await waitFor(() => expect(document.querySelectorAll('li')[ROWS - 1]?.textContent).toBe('20'));
  stop();
  // One by one they would be two thousand.
  expect(writes).toBeLessThan(200);
  expect(drawn.lists).toBeLessThan(200);
});

it('leaves nothing behind after ten thousand mounts', async () => {
  const held = { connections: 0, streams: 0 };
  function Counting({ children }: { children: ReactNode }) {
    const value = useHermes();
    const counted = useMemo(() => {
      const subscribe = (listener: () => void) => {
        const stop = value.connection.subscribe(listener);
        held.connections += 1;
        return () => {
          held.connections -= 1;
          stop();
        };
      };
      const shared = Object.create(value.shared, {
        retain: {
          value: (...demand: Parameters<typeof value.shared.retain>) => {
            const release = value.shared.retain(...demand);
            held.streams += 1;
            return () => {
              held.streams -= 1;
              release();
            };
          },
        },
      }) as typeof value.shared;
      return { ...value, shared, connection: { get: value.connection.get, subscribe } };
    }, [value]);
    return <HermesContext value={counted}>{children}</HermesContext>;
  }
  function Hooks() {
    useDownloadProgressSSE('d1');
    useQueueUpdatesSSE({ limit: 100 });
    return null;
  }
  server.routes.set('GET /download/d1', json(makeDownload(), { 'Hermes-Cursor': 'e1:1' }));
  const page = (n: number | null) => (
    <StrictMode>
      <HermesProvider baseUrl={server.baseUrl} queryClient={client}>
        <Counting>
          {n === null ? null : Array.from({ length: 100 }, (_, index) => <Hooks key={`${n} ${index}`} />)}
        </Counting>
      </HermesProvider>
    </StrictMode>
  );
  const { rerender } = render(page(0));
  for (let n = 1; n < 100; n += 1) rerender(page(n));
  expect(held).toEqual({ connections: 200, streams: 200 });
  await waitFor(() => expect(server.openStreams).toHaveLength(1));
  rerender(page(null));
  expect(held).toEqual({ connections: 0, streams: 0 });
  const observers = client
    .getQueryCache()
    .getAll()
    .map((query) => query.getObserversCount());
  // The download, the list, and what the list says of the whole queue if its answer has come.
  expect(observers.length).toBeLessThanOrEqual(3);
  expect(new Set(observers)).toEqual(new Set([0]));
  expect(client.getQueryCache().find({ queryKey: queryKeys.queue({ limit: 100 }) })).toBeDefined();
  await waitFor(() => expect(server.openStreams).toHaveLength(0));
  expect(server.streams).toHaveLength(1);
});
