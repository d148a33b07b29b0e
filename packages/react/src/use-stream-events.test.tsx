import { configure, renderHook, waitFor } from '@testing-library/react';
import type { ReactNode } from 'react';
import { expect, it } from 'vitest';
import { makeProgress } from '../../client/src/fixtures/downloads.ts';
import { HermesServer } from '../../client/src/fixtures/hermes-server.ts';
import { HermesProvider, useStreamEvents } from './index.ts';

// The machine may be busy with other things.
configure({ asyncUtilTimeout: 15_000 });

it('hands on each event once, to the newest listener, while it is mounted', async () => {
  const server = await HermesServer.start();
  const wrapper = ({ children }: { children: ReactNode }) => (
    <HermesProvider baseUrl={server.baseUrl}>{children}</HermesProvider>
  );
  const heard: string[] = [];
  const { rerender, unmount } = renderHook(
    ({ name }) => useStreamEvents(({ event, seq }) => heard.push(`${name} ${event} ${seq}`), { topics: ['downloads'] }),
    { wrapper, initialProps: { name: 'a' } },
  );
  await waitFor(() => expect(heard).toEqual(['a connected null']));
  expect(server.lastStream.path).toBe('/events/stream?channels=downloads');
  rerender({ name: 'b' });
  server.lastStream.send('download_progress', makeProgress({ progress: 1 }), 'e1:1');
  await waitFor(() => expect(heard).toEqual(['a connected null', 'b download_progress 1']));
  expect(server.streams).toHaveLength(1);
  unmount();
  await waitFor(() => expect(server.openStreams).toHaveLength(0));
  await server.stop();
});
