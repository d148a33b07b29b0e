import { cleanup, fireEvent, screen, waitFor, within } from '@testing-library/react';
import { afterEach, beforeEach, expect, it } from 'vitest';
import { HermesServer, json, problem } from '../../../../client/src/fixtures/hermes-server.ts';
import { renderPage } from '../../fixtures/render-page.tsx';
import { SettingsPage } from './settings-page.tsx';

const KEY = {
  id: 'k1',
  name: 'laptop',
  permissions: ['read', 'write'],
  hint: 'hermes_ab',
  created_at: '2026-11-01T10:00:00.000Z',
  expires_at: null,
};

let server: HermesServer;
beforeEach(async () => {
  server = await HermesServer.start();
  server.routes.set('GET /auth/api-keys', json({ items: [KEY] }));
  const dependencies = { database: { status: 'up' }, redis: { status: 'down', detail: 'no answer' } };
  server.routes.set('GET /health/ready', json({ status: 'degraded', version: '1.2.3', dependencies }, {}, 503));
});
afterEach(async () => {
  cleanup();
  await server.stop();
});

const open = () => renderPage({ address: '/settings', component: SettingsPage, server });
const sent = (method: string) =>
  server.requests
    .filter((request) => request.method === method)
    .map(({ path, body }) => [path, body && JSON.parse(body)]);

it('says what the server needs and how each of it is', async () => {
  open();
  const section = await screen.findByTestId('server-section');
  await within(section).findByText('Down: no answer');
  expect(section.textContent).toContain('Something it needs is down');
  expect(section.textContent).toContain('1.2.3');
});

it('makes a key of what was chosen, shows it once, and asks for the list again', async () => {
  const key = 'hermes_secret';
  server.routes.set('POST /auth/api-keys', json({ ...KEY, id: 'k2', name: 'phone', key }, {}, 201));
  open();
  fireEvent.change(await screen.findByTestId('key-name'), { target: { value: ' phone ' } });
  fireEvent.click(screen.getByTestId('permission-download'));
  fireEvent.change(screen.getByTestId('key-expiry'), { target: { value: '0' } });
  fireEvent.click(screen.getByTestId('key-create'));
  expect((await screen.findByTestId('new-key-text')).textContent).toBe(key);
  const body = { name: 'phone', permissions: ['read', 'download'], expires_at: null };
  expect(sent('POST')).toEqual([['/auth/api-keys', body]]);
  await waitFor(() => expect(server.count('GET /auth/api-keys')).toBe(2));
  fireEvent.click(screen.getByRole('button', { name: 'I have kept it' }));
  expect(screen.queryByText(key)).toBeNull();
});

it('makes none that may do nothing, and says what the server would not have', async () => {
  const invalid_params = [{ field: 'body.name', message: 'is taken' }];
  server.routes.set('POST /auth/api-keys', problem('VALIDATION_FAILED', { detail: 'no', invalid_params }));
  open();
  fireEvent.change(await screen.findByTestId('key-name'), { target: { value: 'phone' } });
  fireEvent.click(screen.getByTestId('permission-read'));
  expect((screen.getByTestId('key-create') as HTMLButtonElement).disabled).toBe(true);
  fireEvent.click(screen.getByTestId('permission-read'));
  fireEvent.click(screen.getByTestId('key-create'));
  expect((await screen.findByRole('alert')).textContent).toBe('body.name: is taken');
});

it('asks before it revokes', async () => {
  server.routes.set('DELETE /auth/api-keys/k1', json({}));
  open();
  fireEvent.click(await screen.findByTestId('key-revoke'));
  expect(server.count('DELETE /auth/api-keys/k1')).toBe(0);
  fireEvent.click(await screen.findByTestId('confirm-button'));
  await waitFor(() => expect(server.count('DELETE /auth/api-keys/k1')).toBe(1));
});

it('switches streams for everybody, and sets how many use them', async () => {
  const inForce = { sse_enabled: false, sse_rollout_percent: 40, auth_required: true, version: '1.2.3' };
  server.routes.set('PATCH /config', json(inForce));
  open();
  fireEvent.click(await screen.findByTestId('sse-switch'));
  await waitFor(() => expect(sent('PATCH')).toEqual([['/config', { sse_enabled: false }]]));
  fireEvent.change(screen.getByTestId('rollout-input'), { target: { value: '40' } });
  await waitFor(() => expect((screen.getByTestId('rollout-button') as HTMLButtonElement).disabled).toBe(false));
  fireEvent.click(screen.getByTestId('rollout-button'));
  await waitFor(() => expect(sent('PATCH').at(-1)).toEqual(['/config', { sse_rollout_percent: 40 }]));
});

it('keeps from others what only an admin may do', async () => {
  server.routes.set('GET /auth/api-keys', problem('FORBIDDEN'));
  open();
  expect(await screen.findByText(/Only a key with the permission/)).toBeDefined();
  expect(screen.queryByTestId('live-section')).toBeNull();
  expect(screen.queryByRole('link', { name: /Jobs/ })).toBeNull();
});
