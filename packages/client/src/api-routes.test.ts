import { afterEach, beforeEach, expect, it } from 'vitest';
import { createApiClient, type HermesApi } from './api-client.ts';
import { HermesServer } from './fixtures/hermes-server.ts';

let server: HermesServer;
beforeEach(async () => {
  server = await HermesServer.start();
});
afterEach(() => server.stop());

const calls: [string, (api: HermesApi) => Promise<unknown>, string][] = [
  [
    'POST /download/batch',
    (api) => api.createDownloads(['http://a/'], { priority: 9 }),
    '{"urls":["http://a/"],"priority":9}',
  ],
  ['POST /download/d1/pause', (api) => api.pauseDownload('d1'), ''],
  ['POST /download/d1/resume', (api) => api.resumeDownload('d1'), ''],
  ['POST /download/d1/retry', (api) => api.retryDownload('d1'), ''],
  ['PATCH /download/d1', (api) => api.changeDownload('d1', { position: 0 }), '{"position":0}'],
  ['DELETE /download/d1', (api) => api.deleteDownload('d1'), ''],
  ['POST /download/bulk', (api) => api.bulk({ action: 'retry', ids: ['d1'] }), '{"action":"retry","ids":["d1"]}'],
  ['GET /stats?period=day', (api) => api.getStats('day'), ''],
  ['GET /timeline?period=day', (api) => api.getTimeline('day'), ''],
  ['GET /timeline/summary?period=day', (api) => api.getTimelineSummary('day'), ''],
  [
    'GET /history?status=failed,cancelled&q=iso',
    (api) => api.listHistory({ status: ['failed', 'cancelled'], q: 'iso' }),
    '',
  ],
  ['GET /storage', (api) => api.getStorage(), ''],
  ['POST /storage/rescan', (api) => api.rescanStorage(), ''],
  ['GET /storage/scan-status', (api) => api.getStorageScan(), ''],
  ['GET /health/ready', (api) => api.getReadiness(), ''],
  ['GET /events/connections', (api) => api.listConnections(), ''],
];

it.each(calls)('asks for %s, and says what the server refuses', async (request, call, body) => {
  const api = createApiClient({ baseUrl: server.baseUrl });
  server.refuseStream = (response) => response.writeHead(404, { 'content-type': 'text/plain' }).end();
  await expect(call(api)).rejects.toMatchObject({ name: 'HermesApiError', status: 404 });
  const [seen] = server.requests;
  expect(`${seen?.method} ${decodeURIComponent(seen?.path ?? '')}`).toBe(request);
  expect(seen?.body).toBe(body);
});

it('knows the addresses of files', () => {
  const api = createApiClient({ baseUrl: '/api/v1' });
  expect(api.fileUrl('a/b')).toBe('/api/v1/download/a%2Fb/file');
  expect(api.historyExportUrl('csv', { status: ['failed'] })).toBe('/api/v1/history/export?status=failed&format=csv');
});
