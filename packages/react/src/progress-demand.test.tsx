import { cleanup, configure, render, waitFor } from '@testing-library/react';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { makeDownload, makeProgress } from '../../client/src/fixtures/downloads.ts';
import { Bar, LiveServer, text } from './fixtures/live-server.tsx';
import { useProgressDemand, useQueueUpdatesSSE, useStreamEvents } from './index.ts';

// The machine may be busy with other things.
configure({ asyncUtilTimeout: 15_000 });

let live: LiveServer;
beforeEach(async () => {
  live = await LiveServer.start();
  live.downloads = ['d1', 'd2', 'd3'].map((download_id, n) => makeDownload({ download_id, seq: n + 1, progress: 5 }));
  live.position = 3;
});
afterEach(async () => {
  cleanup();
  await live.server.stop();
});

const asked = () => new URL(live.server.lastStream.path, 'http://x').searchParams.get('download_id');
const show = (page: React.ReactElement) => render(page, { wrapper: live.Provider });

/** As a worker and the gateway would: whoever asked for others is not told. */
function progress(download_id: string, value: number): void {
  live.position += 1;
  const seq = live.position;
  for (const stream of live.server.openStreams) {
    const of = new URL(stream.path, 'http://x').searchParams.get('download_id');
    if (of !== null && !of.split(',').includes(download_id)) continue;
    stream.send('download_progress', makeProgress({ download_id, progress: value }), `e1:${seq}`);
  }
}

describe('a list that asks for no progress', () => {
  const List = () => {
    const { data } = useQueueUpdatesSSE({}, { progressOf: [] });
    return <p data-testid="queue">{data?.items.map((row) => `${row.download_id}=${row.progress}`).join(' ')}</p>;
  };
  const Rows = ({ ids }: { ids: readonly string[] | null }) => {
    useProgressDemand(ids);
    return null;
  };
  const Page = ({ seen }: { seen: readonly string[] | null }) => (
    <>
      <List />
      <Rows ids={seen} />
    </>
  );

  it('gets that of the rows which are seen, and of others when those come into view', async () => {
    const { rerender } = show(<Page seen={['d1', 'd2']} />);
    await waitFor(() => expect(text('queue')).toBe('d1=5 d2=5 d3=5'));
    await waitFor(() => expect(asked()).toBe('d1,d2'));
    progress('d3', 40);
    progress('d1', 10);
    await waitFor(() => expect(text('queue')).toBe('d1=10 d2=5 d3=5'));

    rerender(<Page seen={['d2', 'd3']} />);
    await waitFor(() => expect(asked()).toBe('d2,d3'));
    expect(live.server.lastStream.headers['last-event-id']).toBe('e1:5');
    progress('d1', 90);
    progress('d3', 50);
    await waitFor(() => expect(text('queue')).toBe('d1=10 d2=5 d3=50'));

    rerender(<Page seen={null} />);
    await waitFor(() => expect(asked()).toBeNull());
    progress('d1', 95);
    await waitFor(() => expect(text('queue')).toBe('d1=95 d2=5 d3=50'));
    expect(live.server.count('GET /download/queue')).toBe(1);
  });

  it('hears of what happens to any of them', async () => {
    show(<Page seen={['d1']} />);
    await waitFor(() => expect(asked()).toBe('d1'));
    await waitFor(() => expect(text('queue')).toBe('d1=5 d2=5 d3=5'));
    live.add('d4');
    await waitFor(() => expect(text('queue')).toBe('d1=5 d2=5 d3=5 d4=0'));
  });
});

it('carries for one download its own progress, and everybody’s while somebody wants that', async () => {
  const Everything = () => {
    useStreamEvents(() => undefined);
    return null;
  };
  const Facts = () => {
    useStreamEvents(() => undefined, { progressOf: [] });
    return null;
  };
  const Page = ({ isAll }: { isAll: boolean }) => (
    <>
      <Facts />
      <Bar id="d1" />
      {isAll && <Everything />}
    </>
  );
  const { rerender } = show(<Page isAll={false} />);
  await waitFor(() => expect(asked()).toBe('d1'));
  rerender(<Page isAll />);
  await waitFor(() => expect(asked()).toBeNull());
  rerender(<Page isAll={false} />);
  await waitFor(() => expect(asked()).toBe('d1'));
});

it('tells the stream once what a page wants whose hooks come and go together', async () => {
  const Rows = ({ ids }: { ids: readonly string[] }) => {
    useProgressDemand(ids);
    return null;
  };
  const Page = ({ ids }: { ids: readonly string[] }) => (
    <>
      <Rows ids={ids} />
      {ids.map((id) => (
        <Rows key={id} ids={[id]} />
      ))}
    </>
  );
  const { rerender } = show(<Page ids={['a', 'b']} />);
  await waitFor(() => expect(asked()).toBe('a,b'));
  const before = live.server.streams.length;
  rerender(<Page ids={['b', 'c', 'd']} />);
  await waitFor(() => expect(asked()).toBe('b,c,d'));
  expect(live.server.streams).toHaveLength(before + 1);
});
