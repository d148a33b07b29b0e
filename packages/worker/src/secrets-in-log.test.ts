import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { join } from 'node:path';
import { SecretBox } from '@hermes/runtime';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { serveFile, TestOrigin, testBytes } from '../../../tests/support/test-origin.ts';
import { WorkerHarness } from './fixtures/worker-harness.ts';

const PASSWORD = 'pass-8f31c7';
const SECRETS = {
  Cookie: 'session=cookie-5b20d9',
  Authorization: 'Bearer bearer-71ee04',
  'X-Api-Key': 'key-c4471f',
  // Of a name that nobody can know, so that nothing blackens it afterwards.
  'X-Custom': 'custom-2f60ab',
};
/** As they are given, as they are sent, and as a URL spells them. */
const FORBIDDEN = [PASSWORD, btoa(`user:${PASSWORD}`), 'cookie-5b20d9', 'bearer-71ee04', 'key-c4471f', 'custom-2f60ab'];

describe('the log of a worker, at its finest', () => {
  let harness: WorkerHarness;
  let origin: TestOrigin;
  let worker: ChildProcess;
  let output = '';

  beforeEach(async () => {
    [harness, origin] = await Promise.all([WorkerHarness.start(), TestOrigin.start()]);
    output = '';
    worker = spawn(process.execPath, [join(import.meta.dirname, '../../../tests/faults/trace-worker-process.ts')], {
      env: {
        PATH: process.env.PATH,
        HERMES_HOME: harness.dir,
        HERMES_DOWNLOAD_DIR: harness.dir,
        HERMES_ALLOW_PRIVATE_NETWORKS: 'true',
        HERMES_REDIS_URL: harness.redis.url,
      },
      stdio: ['ignore', 'pipe', 'pipe'],
    });
    for (const stream of [worker.stdout, worker.stderr]) {
      stream?.on('data', (chunk: Buffer) => {
        output += chunk.toString();
      });
    }
    await expect.poll(() => output, { timeout: 20_000 }).toContain('Worker is ready');
  });
  afterEach(async () => {
    worker.kill('SIGKILL');
    await origin.close();
    await harness.close();
  });

  async function enqueue(id: string, url: string): Promise<void> {
    const box = new SecretBox(harness.config().HERMES_SECRET_KEY_FILE);
    const sealed = await box.seal(id, JSON.stringify({ headers: SECRETS }));
    await harness.commands.set(harness.redis.keys.secrets(id), sealed);
    await harness.enqueue({ download_id: id, url, with_secrets: true }, 2);
  }

  it('holds neither the headers nor the password of a download, however that ends', async () => {
    const withPassword = (path: string) => origin.url(path).replace('http://', `http://user:${PASSWORD}@`);
    const content = testBytes(50_000);
    origin.on('/file', serveFile(content));
    origin.on('/broken', (_request, response) => {
      response.writeHead(200, { 'content-length': '9' }).write('1');
      setTimeout(() => response.destroy(), 20);
    });
    origin.on('/refused', (request, response) => void response.writeHead(403).end(JSON.stringify(request.headers)));
    origin.on(
      '/moved',
      (_request, response) => void response.writeHead(302, { location: 'http://nowhere.invalid/' }).end(),
    );
    for (const path of ['/file', '/broken', '/refused', '/moved']) await enqueue(path.slice(1), withPassword(path));
    // Of a URL whose password no header can be made of.
    await enqueue('malformed', origin.url('/file').replace('http://', `http://user:${PASSWORD}%ff@`));
    const ends = ['file', 'broken', 'refused', 'moved', 'malformed'].map((id) => harness.untilFinal(id));
    const statuses = (await Promise.all(ends)).map(({ status }) => status);
    expect(statuses).toEqual(['completed', 'failed', 'failed', 'failed', 'failed']);
    // They really were sent, so they could have been told of.
    const [request] = origin.requests.filter(({ path }) => path === '/file');
    expect(request?.headers).toMatchObject({ cookie: SECRETS.Cookie, 'x-api-key': SECRETS['X-Api-Key'] });
    const ended = once(worker, 'exit');
    worker.kill('SIGTERM');
    await ended;
    for (const id of ['file', 'broken', 'refused', 'moved', 'malformed'])
      expect(output).toContain(`"download_id":"${id}"`);
    for (const secret of FORBIDDEN) expect(output).not.toContain(secret);
  });
});
