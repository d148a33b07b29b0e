import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { createApiClient } from './api-client.ts';
import { HermesApiError, parseRetryAfter } from './api-error.ts';
import { makeCounts, makeDownload } from './fixtures/downloads.ts';
import { HermesServer, json, problem } from './fixtures/hermes-server.ts';

let server: HermesServer;
beforeEach(async () => {
  server = await HermesServer.start();
});
afterEach(() => server.stop());

const client = () => createApiClient({ baseUrl: server.baseUrl, apiKey: 'hermes_k' });
const time = '2026-01-01T00:00:00.000Z';

async function failureOf(promise: Promise<unknown>): Promise<HermesApiError> {
  const error = await promise.then(
    () => null,
    (reason: unknown) => reason,
  );
  expect(error).toBeInstanceOf(HermesApiError);
  return error as HermesApiError;
}

describe('createApiClient', () => {
  it('reads a download and the position it is true as of', async () => {
    server.routes.set('GET /download/d1', json(makeDownload(), { 'Hermes-Cursor': 'e1:42' }));
    expect(await client().getDownload('d1')).toEqual({ data: makeDownload(), cursor: { epoch: 'e1', seq: 42 } });
    expect(server.requests[0]?.headers.authorization).toBe('Bearer hermes_k');
  });

  it('says why it reads what a stream should bring, and nothing of what it writes', async () => {
    server.routes.set('GET /download/d1', json(makeDownload()));
    server.routes.set('POST /download/d1/cancel', json({}));
    let reason: 'capacity' | null = null;
    const api = createApiClient({ baseUrl: server.baseUrl, polling: () => reason });
    await api.getDownload('d1');
    reason = 'capacity';
    await api.getDownload('d1');
    await api.cancelDownload('d1');
    expect(server.requests.map(({ headers }) => headers['hermes-polling'])).toEqual([undefined, 'capacity', undefined]);
  });

  it('has no position where the server tells none, or nonsense', async () => {
    server.routes.set('GET /download/d1', json(makeDownload()));
    expect((await client().getDownload('d1')).cursor).toBeNull();
    server.routes.set('GET /download/d1', json(makeDownload(), { 'Hermes-Cursor': 'nonsense' }));
    expect((await client().getDownload('d1')).cursor).toBeNull();
  });

  it('lists with filters, and without', async () => {
    const answer = { items: [makeDownload()], counts: makeCounts({ downloading: 1 }), total: 1, next_cursor: null };
    server.routes.set('GET /download/queue', json(answer, { 'Hermes-Cursor': 'e1:7' }));
    const read = await client().listDownloads({ status: ['queued', 'failed'], limit: 5, cursor: 'abc' });
    expect(read).toEqual({ data: answer, cursor: { epoch: 'e1', seq: 7 } });
    await client().listDownloads();
    expect(server.requests.map((request) => decodeURIComponent(request.path))).toEqual([
      '/download/queue?status=queued,failed&limit=5&cursor=abc',
      '/download/queue',
    ]);
  });

  it('creates and cancels', async () => {
    server.routes.set('POST /download', json({ download_id: 'd1', status: 'queued' }, {}, 202));
    server.routes.set('POST /download/a%2Fb/cancel', (response) => response.writeHead(202).end());
    const api = client();
    expect(await api.createDownload({ url: 'http://example.com/' })).toEqual({ download_id: 'd1', status: 'queued' });
    expect(server.requests[0]).toMatchObject({
      body: '{"url":"http://example.com/"}',
      headers: { 'content-type': 'application/json' },
    });
    await api.cancelDownload('a/b');
    expect(server.requests[1]?.headers).not.toHaveProperty('content-type');
  });

  it('logs in and out, and manages keys', async () => {
    const key = { id: 'k1', name: 'n', permissions: ['read'], hint: 'hermes_a', created_at: time, expires_at: null };
    server.routes.set('POST /auth/login', json({ name: 'n', permissions: ['read'], expires_at: time }));
    server.routes.set('POST /auth/logout', (response) => response.writeHead(204).end());
    server.routes.set('GET /auth/api-keys', json({ items: [key] }));
    server.routes.set('POST /auth/api-keys', json({ ...key, key: 'hermes_abc' }, {}, 201));
    server.routes.set('DELETE /auth/api-keys/k1', (response) => response.writeHead(204).end());
    const api = client();
    expect(await api.login({ code: '123' })).toMatchObject({ name: 'n' });
    expect(await api.listApiKeys()).toEqual([key]);
    expect(await api.createApiKey({ name: 'n' })).toMatchObject({ key: 'hermes_abc' });
    await api.deleteApiKey('k1');
    await api.logout();
    expect(server.requests.map((request) => request.method)).toEqual(['POST', 'GET', 'POST', 'DELETE', 'POST']);
  });

  it('reads what the web app must know first', async () => {
    const config = { sse_enabled: true, sse_rollout_percent: 100, auth_required: true, version: '1' };
    server.routes.set('GET /config', json(config));
    server.routes.set('GET /health', json({ status: 'ok', version: '1' }));
    expect(await client().getConfig()).toEqual(config);
    expect(await client().getHealth()).toEqual({ status: 'ok', version: '1' });
  });
});

describe('what goes wrong', () => {
  it('hands on the problem that the server names', async () => {
    const invalid_params = [{ field: 'body.url', message: 'must be an absolute http or https URL' }];
    server.routes.set('POST /download', problem('VALIDATION_FAILED', { detail: 'body.url is wrong', invalid_params }));
    const error = await failureOf(client().createDownload({ url: 'x' }));
    expect(error).toMatchObject({ code: 'VALIDATION_FAILED', status: 400, detail: 'body.url is wrong' });
    expect(error.message).toBe('body.url is wrong');
    expect(error.invalidParams).toEqual(invalid_params);
    expect(error.problem?.type).toContain('VALIDATION_FAILED');
  });

  it('falls back to the title, and knows Retry-After', async () => {
    server.routes.set('GET /config', problem('REDIS_UNAVAILABLE', {}, { 'retry-after': '3' }));
    const error = await failureOf(client().getConfig());
    expect(error).toMatchObject({ message: 'Redis cannot be reached at the moment', retryAfterMs: 3000, detail: null });
    expect(error.invalidParams).toEqual([]);
  });

  it.each([
    [502, 'The server cannot answer at the moment (502)'],
    [404, 'The server refused this (404)'],
  ])('has words for a bare %d of a proxy', async (status, message) => {
    server.routes.set('GET /config', (response) => response.writeHead(status).end('<html>'));
    expect(await failureOf(client().getConfig())).toMatchObject({ code: 'INVALID_ANSWER', status, message });
  });

  it('does not take a broken problem for one', async () => {
    server.routes.set('GET /config', (response) =>
      response.writeHead(500, { 'content-type': 'application/problem+json' }).end('{'),
    );
    expect(await failureOf(client().getConfig())).toMatchObject({ code: 'INVALID_ANSWER', status: 500, problem: null });
  });

  it('refuses an answer that is not of the contract', async () => {
    server.routes.set('GET /config', json({ sse_enabled: 'yes' }));
    expect(await failureOf(client().getConfig())).toMatchObject({ code: 'INVALID_ANSWER', status: 200 });
    server.routes.set('GET /config', (response) => response.end('<html>'));
    expect((await failureOf(client().getConfig())).message).toContain('not JSON');
  });

  it('says that the server cannot be reached', async () => {
    server.routes.set('GET /config', (response) => response.destroy());
    const error = await failureOf(client().getConfig());
    expect(error).toMatchObject({ code: 'NETWORK_ERROR', status: null, message: 'The server cannot be reached' });
    expect(error.cause).toBeInstanceOf(Error);
  });

  it('leaves an abort to its caller', async () => {
    server.routes.set('GET /download/d1', () => undefined);
    const controller = new AbortController();
    const reading = client().getDownload('d1', { signal: controller.signal });
    controller.abort();
    await expect(reading).rejects.toMatchObject({ name: 'AbortError' });
  });
});

describe('parseRetryAfter', () => {
  it.each([
    ['5', 5000],
    ['0', 0],
    ['Thu, 01 Jan 1970 00:00:10 GMT', 9000],
    ['Thu, 01 Jan 1970 00:00:00 GMT', 0],
    ['soon', null],
    [null, null],
  ])('%s is %s ms', (header, ms) => {
    expect(parseRetryAfter(header, 1000)).toBe(ms);
  });
});
