import {
  CURSOR_HEADER,
  PERIODS,
  type Problem,
  statsSchema,
  timelineSchema,
  timelineSummarySchema,
} from '@hermes/contracts';
import { Publisher } from '@hermes/event-log';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { TestRedis } from '../../../../tests/support/test-redis.ts';
import { eventually } from '../testing/eventually.ts';
import { newDownload } from '../testing/facts.ts';
import { startTestApi, type TestApi } from '../testing/test-api.ts';

let redis: TestRedis;
let api: TestApi;

beforeAll(async () => {
  redis = await TestRedis.start();
  api = await startTestApi(redis.url);
});

afterAll(async () => {
  await api.close();
  await redis.close();
});

it.each(PERIODS)('%s: what was just done is in all three answers', async (period) => {
  const before = statsSchema.parse((await api.call('GET', `/stats?period=${period}`)).json());
  const publisher = new Publisher(await redis.connect('commands'), redis.keys);
  const { seq: _, status: _status, ...fresh } = newDownload(`of-${period}`, new Date().toISOString());
  await publisher.createDownload(fresh);
  await publisher.publishStatus(fresh.download_id, 'current', 'cancelled', { completed_at: new Date().toISOString() });
  const stats = await eventually(async () => {
    const answer = await api.call('GET', `/stats?period=${period}`);
    const body = statsSchema.parse(answer.json());
    expect(body).toMatchObject({ period, downloads: before.downloads + 1, cancelled: before.cancelled + 1 });
    expect(answer.headers[CURSOR_HEADER.toLowerCase()]).toMatch(/^\w+:\d+$/);
    return body;
  });
  const { from, to } = stats;
  const timeline = timelineSchema.parse((await api.call('GET', `/timeline?period=${period}`)).json());
  expect(timeline).toMatchObject({ period, from, to });
  expect(timeline.buckets).toHaveLength({ day: 24, week: 7, month: 30, year: 12 }[period]);
  expect(timeline.buckets.at(-1)).toMatchObject({ downloads: stats.downloads, cancelled: stats.cancelled });
  const summary = timelineSummarySchema.parse((await api.call('GET', `/timeline/summary?period=${period}`)).json());
  expect(summary).toMatchObject({ period, from, to, downloads: stats.downloads, busiest: timeline.buckets.at(-1) });
});

describe.each(['/stats', '/timeline', '/timeline/summary'])('%s', (path) => {
  it('is of the week unless told otherwise', async () => {
    expect((await api.call('GET', path)).json()).toMatchObject({ period: 'week' });
  });

  it('refuses other periods by name', async () => {
    const answer = await api.call('GET', `${path}?period=decade`);
    expect(answer.statusCode).toBe(400);
    expect(answer.json<Problem>().invalid_params).toMatchObject([{ field: 'query.period' }]);
  });
});
