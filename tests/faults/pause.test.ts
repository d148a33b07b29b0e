import { mkdtemp, readdir, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { API_BASE, type Download, INCOMPLETE_DIRECTORY } from '@hermes/contracts';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { freePort, ServiceProcess } from '../support/service-process.ts';
import { serveFile, sha256, TestOrigin, testBytes } from '../support/test-origin.ts';
import { TestRedis } from '../support/test-redis.ts';

const CONTENT = testBytes(6_000_000);
const WAIT = { timeout: 60_000, interval: 25 };

describe('a pause that one process is asked for while another downloads', () => {
  let dir: string;
  let redis: TestRedis;
  let origin: TestOrigin;
  let base: string;
  let services: ServiceProcess[];

  beforeEach(async () => {
    dir = await mkdtemp(join(tmpdir(), 'hermes-pause-'));
    [redis, origin] = await Promise.all([TestRedis.start(), TestOrigin.start()]);
    const port = String(await freePort());
    base = `http://127.0.0.1:${port}${API_BASE}`;
    const environment = {
      HERMES_HOME: dir,
      HERMES_REDIS_URL: redis.url,
      HERMES_ALLOW_PRIVATE_NETWORKS: 'true',
      HERMES_AUTH: 'off',
      HERMES_RATE_LIMIT_PER_MINUTE: '1000000',
      API_PORT: port,
    };
    services = [ServiceProcess.hermes(['api'], environment), ServiceProcess.hermes(['worker'], environment)];
    await services[0]?.until(() =>
      fetch(`${base}/health`).then(
        ({ ok }) => ok,
        () => false,
      ),
    );
  });
  afterEach(async () => {
    await Promise.all(services.map((service) => service.kill()));
    await origin.close();
    await redis.close();
    await rm(dir, { recursive: true, force: true });
  });

  async function call(method: string, path: string, body?: object): Promise<Download> {
    const response = await fetch(base + path, {
      method,
      ...(body === undefined ? {} : { body: JSON.stringify(body), headers: { 'content-type': 'application/json' } }),
    });
    expect(response.ok).toBe(true);
    return (await response.json()) as Download;
  }

  it('ends the transfer, keeps what has come, and goes on from there to the same file', async () => {
    origin.on('/film.bin', serveFile(CONTENT, { etag: '"film"', bytesPerSecond: 1_000_000 }));
    const { download_id: id } = await call('POST', '/download', { url: origin.url('/film.bin') });
    await vi.waitFor(async () => {
      expect((await call('GET', `/download/${id}`)).downloaded_bytes).toBeGreaterThan(500_000);
    }, WAIT);

    expect((await call('POST', `/download/${id}/pause`)).status).toBe('paused');
    await vi.waitFor(() => expect(origin.requests[0]?.ended).toBe(true), WAIT);
    const [first] = origin.requests;
    const sent = first?.sentBytes ?? 0;
    // It was the pause that ended it, not the file.
    expect(sent).toBeLessThan(CONTENT.length);
    const paused = await call('GET', `/download/${id}`);
    expect(paused).toMatchObject({ status: 'paused', result: null });
    expect(paused.downloaded_bytes).toBeGreaterThan(500_000);
    expect(await readdir(join(dir, 'downloads'))).toEqual([INCOMPLETE_DIRECTORY]);
    const kept = await readdir(join(dir, 'downloads', INCOMPLETE_DIRECTORY), { recursive: true });
    expect(kept).toContainEqual(expect.stringMatching(/\.part$/));
    expect([origin.requests.length, first?.sentBytes]).toEqual([1, sent]);

    await call('POST', `/download/${id}/resume`);
    await vi.waitFor(async () => expect((await call('GET', `/download/${id}`)).status).toBe('completed'), WAIT);
    const second = origin.requests[1]?.headers;
    expect(second).toMatchObject({ range: expect.stringMatching(/^bytes=[1-9]\d+-$/), 'if-range': '"film"' });
    // What had come was not fetched again, but for what was on its way.
    const from = Number(/\d+/.exec(String(second?.range))?.[0]);
    expect(from).toBeGreaterThanOrEqual(paused.downloaded_bytes);
    expect(from).toBeLessThanOrEqual(sent);
    const whole = Buffer.from(await (await fetch(`${base}/download/${id}/file`)).arrayBuffer());
    const ended = await call('GET', `/download/${id}`);
    expect([sha256(whole), ended.result?.sha256]).toEqual([sha256(CONTENT), sha256(CONTENT)]);
    expect(origin.requests).toHaveLength(2);
  });
});
