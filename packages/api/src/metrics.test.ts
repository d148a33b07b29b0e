import { afterAll, beforeAll, expect, it } from 'vitest';
import { type MetricSample, metricSamples, metricValue } from '../../../tests/support/metric-samples.ts';
import { TestRedis } from '../../../tests/support/test-redis.ts';
import { eventually } from './testing/eventually.ts';
import { startTestApi, type TestApi } from './testing/test-api.ts';

let redis: TestRedis;
let api: TestApi;
beforeAll(async () => {
  redis = await TestRedis.start();
  api = await startTestApi(redis.url, { env: { HERMES_ALLOWED_ORIGINS: 'https://app.example' } });
});
afterAll(async () => {
  await api.close();
  await redis.close();
});

async function scrape(): Promise<MetricSample[]> {
  const { statusCode, body } = await api.app.inject('/metrics');
  expect(statusCode).toBe(200);
  return metricSamples(body).filter(({ name }) => name.startsWith('hermes_'));
}

const requests = async (route: string, status: string) =>
  metricValue(await scrape(), 'hermes_api_requests_total', { route, status });

it('counts and times requests by their route, whatever was asked for', async () => {
  const before = (await scrape()).length;
  for (let n = 0; n < 1000; n++) {
    const key = `none-${n}`;
    await api.call('GET', `/download/unknown-${n}`);
    await api.call('GET', `/nothing-${n}?x=${n}`, { key, headers: { 'hermes-polling': `because ${n}` } });
    await api.call('DELETE', `/auth/api-keys/unknown-${n}`, { key });
  }
  await api.call('PUT', '/download/queue');
  const created = await api.call('POST', '/download', { body: { url: 'https://example.com/a' } });
  expect(created.statusCode).toBe(202);

  expect(await requests('GET /api/v1/download/:id', '4xx')).toBe(1000);
  expect(await requests('DELETE /api/v1/auth/api-keys/:id', '4xx')).toBe(1000);
  expect(await requests('POST /api/v1/download', '2xx')).toBe(1);
  expect(await requests('other', '4xx')).toBe(1001);
  const samples = await scrape();
  expect(metricValue(samples, 'hermes_api_request_duration_seconds_count', { route: 'GET /api/v1/download/:id' })).toBe(
    1000,
  );
  expect(samples).toHaveLength(before);
  for (const { labels } of samples) {
    const { route, status, reason, outcome, le, ...others } = labels;
    expect(others).toEqual({});
    // Templates of routes alone: a name or an id that somebody asked for would make a series of its own.
    if (route !== undefined) {
      expect(route).toMatch(
        /^(other|(GET|POST|PATCH|DELETE) (\/api|\/admin\/queues)(\/[a-z1.-]+|\/:[a-zA-Z]+|\/\*)*)$/,
      );
      expect(route).not.toMatch(/none-|unknown-|nothing-/);
    }
    if (status !== undefined) expect(['2xx', '3xx', '4xx', '5xx']).toContain(status);
    if (reason !== undefined) expect(['disabled', 'capacity', 'unreachable', 'other']).toContain(reason);
    if (outcome !== undefined) expect(['succeeded', 'failed']).toContain(outcome);
    if (le !== undefined) expect(le).toMatch(/^(\+Inf|[\d.]+)$/);
  }
});

it('counts polling as clients report it', async () => {
  const polls = async (reason: string) => metricValue(await scrape(), 'hermes_api_polls_total', { reason });
  const others = (await polls('other')) ?? 0;
  for (const reason of ['capacity', 'capacity', 'unreachable', 'weather']) {
    const answer = await api.call('GET', '/download/queue', { headers: { 'hermes-polling': reason } });
    expect(answer.statusCode).toBe(200);
  }
  await api.call('GET', '/download/queue');
  expect([await polls('capacity'), await polls('unreachable'), await polls('other')]).toEqual([2, 1, others + 1]);
  // A page of another origin may say it as well.
  const preflight = await api.app.inject({
    method: 'OPTIONS',
    url: '/api/v1/download/queue',
    headers: { host: 'localhost', origin: 'https://app.example', 'access-control-request-method': 'GET' },
  });
  expect(preflight.headers['access-control-allow-headers']).toContain('Hermes-Polling');
});

it('tells how far the database is behind the facts', async () => {
  await eventually(async () => {
    expect(metricValue(await scrape(), 'hermes_api_projection_lag_events')).toBe(0);
  });
});
