import { cleanup, configure, render, screen, waitFor } from '@testing-library/react';
import { afterEach, beforeEach, expect, it } from 'vitest';
import { HermesServer, problem } from '../../client/src/fixtures/hermes-server.ts';
import { ConnectionStatus, HermesProvider, useQueueUpdatesSSE } from './index.ts';

// The machine may be busy with other things.
configure({ asyncUtilTimeout: 15_000 });

let server: HermesServer;
beforeEach(async () => {
  server = await HermesServer.start();
});
afterEach(async () => {
  cleanup();
  await server.stop();
});

const timing = { baseDelayMs: 5, maxDelayMs: 20 };

function Page() {
  useQueueUpdatesSSE();
  return <ConnectionStatus />;
}

function show() {
  const { container } = render(
    <HermesProvider baseUrl={server.baseUrl} streamTiming={timing}>
      <Page />
    </HermesProvider>,
  );
  return () => container.querySelector('.hermes-connection')?.getAttribute('data-state');
}

it('says nothing aloud while all is well', async () => {
  const state = show();
  await screen.findByText('Live');
  expect(state()).toBe('live');
  expect(screen.getByRole('status').textContent).toBe('');
});

it('says aloud that updates are slow, once, and that they are back', async () => {
  server.refuseStream = problem('REDIS_UNAVAILABLE');
  const state = show();
  await screen.findByText('Polling');
  expect(state()).toBe('polling');
  await waitFor(() => expect(screen.getByRole('status').textContent).toMatch(/more slowly/));
  server.refuseStream = null;
  await screen.findByText('Live');
  await waitFor(() => expect(screen.getByRole('status').textContent).toMatch(/back/));
});

it('counts the attempts', async () => {
  server.refuseStream = problem('SSE_CAPACITY', {}, { 'retry-after': '60' });
  const state = show();
  await screen.findByText('Reconnecting (attempt 2)');
  expect(state()).toBe('reconnecting');
  expect(screen.getByRole('status').textContent).toBe('');
});

it('asks for a log-in', async () => {
  server.refuseStream = problem('UNAUTHENTICATED');
  const state = show();
  await screen.findByText('Off: log in again');
  expect(state()).toBe('off');
  await waitFor(() => expect(screen.getByRole('status').textContent).toMatch(/stopped/));
});
