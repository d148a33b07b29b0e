import { cleanup, configure, render, renderHook, screen, waitFor } from '@testing-library/react';
import { type ReactNode, StrictMode } from 'react';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import type { HermesServer } from '../../client/src/fixtures/hermes-server.ts';
import { Bar, LiveServer, QueuePage, text } from './fixtures/live-server.tsx';
import { useHermesApi, useStorageSSE, useStreamEvents } from './index.ts';

// The machine may be busy with other things.
configure({ asyncUtilTimeout: 15_000 });

let live: LiveServer;
let server: HermesServer;
let Provider: LiveServer['Provider'];

beforeEach(async () => {
  live = await LiveServer.start();
  server = live.server;
  Provider = live.Provider;
});

afterEach(async () => {
  cleanup();
  await server.stop();
});

describe('one stream for all hooks', () => {
  it('serves five hooks over one connection, without another request', async () => {
    render(
      <Provider>
        <QueuePage />
        {['d1', 'd1', 'd1', 'd1'].map((id, index) => (
          <div key={index}>
            <Bar id={id} />
          </div>
        ))}
      </Provider>,
    );
    await waitFor(() => expect(text('queue')).toBe('true d1=5'));
    await waitFor(() => expect(screen.getAllByText('true true downloading 5')).toHaveLength(4));
    const requests = server.requests.length;
    live.progress(30);
    await waitFor(() => expect(text('queue')).toBe('true d1=30'));
    await waitFor(() => expect(screen.getAllByText('true true downloading 30')).toHaveLength(4));
    live.add('d2');
    await waitFor(() => expect(text('queue')).toBe('true d1=30,d2=0'));
    expect(server.streams).toHaveLength(1);
    expect(server.requests).toHaveLength(requests);
  });

  it('keeps to one connection in StrictMode', async () => {
    render(
      <StrictMode>
        <Provider>
          <QueuePage />
          <Bar />
        </Provider>
      </StrictMode>,
    );
    await waitFor(() => expect(text('queue')).toBe('true d1=5'));
    live.progress(40);
    await waitFor(() => expect(text('bar')).toBe('true true downloading 40'));
    expect(server.streams).toHaveLength(1);
  });

  it('asks for states as often as the provider says, unless a hook says otherwise', async () => {
    function Listener({ intervalMs }: { intervalMs: 0 | 1000 }) {
      useStreamEvents(() => undefined, { intervalMs });
      return null;
    }
    function Others() {
      useStorageSSE();
      useStreamEvents(() => undefined);
      return null;
    }
    const rendered = (children: ReactNode) => <Provider intervalMs={250}>{children}</Provider>;
    const { rerender } = render(rendered(<Listener intervalMs={1000} />));
    await waitFor(() => expect(server.lastStream.path).toContain('&interval_ms=1000'));
    rerender(rendered(<Others />));
    await waitFor(() => expect(server.lastStream.path).toContain('&interval_ms=250'));
    rerender(rendered([<Others key="others" />, <Listener key="listener" intervalMs={0} />]));
    await waitFor(() => expect(server.lastStream.path).not.toContain('interval_ms'));
  });

  it('keeps the connection while one page gives way to the next, and closes it after the last', async () => {
    const { rerender, unmount } = render(
      <Provider>
        <QueuePage />
      </Provider>,
    );
    await waitFor(() => expect(text('queue')).toBe('true d1=5'));
    rerender(<Provider>{null}</Provider>);
    rerender(
      <Provider>
        <Bar />
      </Provider>,
    );
    await waitFor(() => expect(text('bar')).toBe('true true downloading 5'));
    expect(server.streams).toHaveLength(1);
    rerender(<Provider>{null}</Provider>);
    await waitFor(() => expect(server.openStreams).toHaveLength(0));
    expect(server.streams).toHaveLength(1);
    unmount();
  });

  it('leaves nothing open when the provider goes', async () => {
    const { unmount } = render(
      <Provider>
        <QueuePage />
      </Provider>,
    );
    await waitFor(() => expect(text('queue')).toBe('true d1=5'));
    unmount();
    await waitFor(() => expect(server.openStreams).toHaveLength(0));
  });

  it('opens no stream for a page without streaming hooks', async () => {
    const api = renderHook(() => useHermesApi(), { wrapper: Provider }).result.current;
    expect((await api.getDownload('d1')).data.download_id).toBe('d1');
    expect(server.streams).toHaveLength(0);
  });
});

it('needs a provider', () => {
  expect(() => renderHook(() => useHermesApi())).toThrow(/HermesProvider/);
});
