import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { TestRedis } from '../../../../tests/support/test-redis.ts';
import { cookieOf, startTestApi, type TestApi } from '../testing/test-api.ts';
import { BOARD_BASE } from './board-routes.ts';

let redis: TestRedis;
let api: TestApi;
let admin: Record<string, string>;

beforeAll(async () => {
  redis = await TestRedis.start();
  api = await startTestApi(redis.url);
  const login = await api.call('POST', '/auth/login', { body: { key: api.adminKey }, key: null });
  admin = { cookie: cookieOf(login) };
});
afterAll(async () => {
  await api.close();
  await redis.close();
});

type Method = 'GET' | 'PUT' | 'PATCH' | 'POST';
const ask = (path: string, headers: Record<string, string> = admin, method: Method = 'GET') =>
  api.app.inject({ method, url: `${BOARD_BASE}${path}`, headers: { host: 'localhost', ...headers } });

describe('the board of the queue', () => {
  it('is a page for admins, that loads nothing from elsewhere', async () => {
    for (const path of ['', '/', '/queue/downloads']) {
      const page = await ask(path);
      expect(page.statusCode).toBe(200);
      expect(page.body).toContain(`<base href="${BOARD_BASE}/" />`);
      expect(page.body).not.toMatch(/<%|(?:src|href)="https?:/);
      expect(page.headers['content-security-policy']).toContain("default-src 'self'");
    }
    const files = [...(await ask('/')).body.matchAll(/(?:src|href)="(static\/[^"]+)"/g)].map(([, file]) => file ?? '');
    expect(files.length).toBeGreaterThan(4);
    for (const file of files) expect([file, (await ask(`/${file}`)).statusCode]).toEqual([file, 200]);
  });

  it.each(['/', '/api/queues', '/static/favicon.ico', '/queue/downloads'])(
    'does not show %s to others',
    async (path) => {
      expect((await ask(path, {})).json()).toMatchObject({ code: 'UNAUTHENTICATED' });
      const { key } = await api.newKey(['read', 'write', 'download']);
      expect((await ask(path, { 'x-api-key': key })).json()).toMatchObject({ code: 'FORBIDDEN' });
      expect((await ask(path, { ...admin, host: 'evil.example' })).json()).toMatchObject({ code: 'HOST_REFUSED' });
    },
  );

  it('shows jobs without what may open their address', async () => {
    const answer = await api.call('POST', '/download', {
      body: {
        url: 'https://files.example.com/disk.iso?signature=sesame1#sesame2',
        headers: { Authorization: 'Basic sesame3sesame3', 'X-Api-Key': 'sesame4' },
      },
    });
    const { download_id } = answer.json<{ download_id: string }>();
    const listed = await ask('/api/queues?activeQueue=downloads&status=latest&page=1&jobsPerPage=10');
    expect(listed.statusCode).toBe(200);
    const [queue] = listed.json().queues;
    expect(queue).toMatchObject({ name: 'downloads', readOnlyMode: true, allowRetries: false });
    expect(queue.jobs[0]).toMatchObject({
      id: download_id,
      data: { download_id, url: 'https://files.example.com/disk.iso' },
    });
    const job = await ask(`/api/queues/downloads/${download_id}`);
    expect(job.json()).toMatchObject({ job: { id: download_id } });
    for (const { body } of [listed, job]) expect(body).not.toContain('sesame');
  });

  it.each([
    ['PUT', '/api/queues/pause'],
    ['PUT', '/api/queues/downloads/pause'],
    ['PUT', '/api/queues/downloads/empty'],
    ['PUT', '/api/queues/downloads/obliterate'],
    ['PUT', '/api/queues/downloads/x/retry'],
    ['PUT', '/api/queues/downloads/x/clean'],
    ['PATCH', '/api/queues/downloads/x/update-data'],
    ['POST', '/api/queues/downloads/add'],
  ] as const)('changes nothing: %s %s', async (method, path) => {
    const before = (await ask('/api/queues')).json().queues[0].counts;
    expect((await ask(path, admin, method)).statusCode).toBeGreaterThanOrEqual(404);
    expect((await ask('/api/queues')).json().queues[0].counts).toEqual(before);
  });

  it.each(['/static/../index.ejs', '/static/..%2findex.ejs', '/static/nothing.js', '/static/', '/nothing'])(
    'has nothing at %s',
    async (path) => {
      expect((await ask(path)).json()).toMatchObject({ code: 'NOT_FOUND' });
    },
  );
});

it('says so while Redis is away, and is there again with it', async () => {
  await redis.stop();
  expect((await ask('/api/queues')).json()).toMatchObject({ status: 503, code: 'REDIS_UNAVAILABLE' });
  expect((await ask('/')).statusCode).toBe(200);
  await redis.restart();
  await expect.poll(async () => (await ask('/api/queues')).statusCode, { timeout: 20_000 }).toBe(200);
});
