import { cleanup, fireEvent, screen, waitFor } from '@testing-library/react';
import { afterEach, beforeEach, expect, it } from 'vitest';
import { makeProgress } from '../../../../client/src/fixtures/downloads.ts';
import { HermesServer } from '../../../../client/src/fixtures/hermes-server.ts';
import { renderPage } from '../../fixtures/render-page.tsx';
import { InspectorPage } from './inspector-page.tsx';

// jsdom lays nothing out: a screen of 800 pixels, all rows of 36.
const box = { clientHeight: 800, clientWidth: 800, offsetHeight: 36, offsetWidth: 800 };
for (const [name, value] of Object.entries(box))
  Object.defineProperty(HTMLElement.prototype, name, { get: () => value });

let server: HermesServer;
beforeEach(async () => {
  server = await HermesServer.start();
});
afterEach(async () => {
  cleanup();
  await server.stop();
});

async function open() {
  renderPage({ address: '/inspector', component: InspectorPage, server, sseEnabled: true });
  await waitFor(() => expect(screen.getByTestId('inspector-count').textContent).toBe('1 event'), { timeout: 10_000 });
  await screen.findByText('connected', { selector: '.inspector-name' });
}
const send = (seq: number) =>
  server.streams
    .find(({ path }) => path.includes('/events/stream'))
    ?.send('download_progress', makeProgress({ progress: seq }), `e1:${seq}`);

it('says so where there is no stream', async () => {
  renderPage({ address: '/inspector', component: InspectorPage, server, sseEnabled: false });
  expect(await screen.findByRole('heading', { name: 'There is no stream to look into' })).toBeDefined();
  expect(server.streams.filter(({ path }) => path.includes('/events/stream'))).toEqual([]);
});

it('lists what the one stream says, and what is known of it', async () => {
  await open();
  send(1);
  await screen.findByText('e1:1', { selector: '.inspector-id' });
  expect(screen.getByTestId('fact-connection').textContent).toBe('c1');
  expect(screen.getByTestId('fact-cursor').textContent).toBe('e1:1');
  expect(server.streams.filter(({ path }) => path.includes('/events/stream'))).toHaveLength(1);
});

it('stands still while somebody reads, counts what comes meanwhile, and catches up', async () => {
  await open();
  send(1);
  fireEvent.click(await screen.findByRole('button', { name: /e1:1/ }));
  expect(screen.getByText(/"progress": 1/)).toBeDefined();
  for (const seq of [2, 3]) send(seq);
  await waitFor(() => expect(screen.getByTestId('inspector-pause').textContent).toBe('Resume (2 new)'));
  expect(screen.queryByText('e1:3', { selector: '.inspector-id' })).toBeNull();
  fireEvent.click(screen.getByTestId('inspector-pause'));
  await screen.findByText('e1:3', { selector: '.inspector-id' });
  expect(screen.getByTestId('inspector-count').textContent).toBe('4 events');
  fireEvent.click(screen.getByTestId('inspector-clear'));
  expect(await screen.findByRole('heading', { name: 'Nothing has come yet' })).toBeDefined();
});

it('says of a filter what it leaves, and narrows the command by it', async () => {
  await open();
  send(1);
  await screen.findByText('e1:1', { selector: '.inspector-id' });
  fireEvent.change(screen.getByTestId('inspector-topic'), { target: { value: 'queue' } });
  expect(await screen.findByRole('heading', { name: 'Nothing matches' })).toBeDefined();
  expect(screen.getByTestId('inspector-count').textContent).toBe('0 of 2');
  expect(screen.getByTestId('curl-key').textContent).toContain(`${server.baseUrl}/events/stream?channels=queue'`);
});
