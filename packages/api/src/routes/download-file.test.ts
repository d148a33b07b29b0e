import { mkdir, rm, symlink, truncate, writeFile } from 'node:fs/promises';
import { get } from 'node:http';
import type { AddressInfo } from 'node:net';
import { join } from 'node:path';
import { text } from 'node:stream/consumers';
import { API_BASE, type Download } from '@hermes/contracts';
import { Publisher } from '@hermes/event-log';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { TestRedis } from '../../../../tests/support/test-redis.ts';
import { startTestApi, type TestApi } from '../testing/test-api.ts';

const CONTENT = '0123456789';
let redis: TestRedis;
let publisher: Publisher;
let api: TestApi;

beforeAll(async () => {
  redis = await TestRedis.start();
  publisher = new Publisher(await redis.connect('commands'), redis.keys);
  api = await startTestApi(redis.url);
  await mkdir(join(api.home, 'downloads', 'films'), { recursive: true });
});

afterAll(async () => {
  await api.close();
  await redis.close();
});

const place = (path: string) => join(api.home, 'downloads', path);

async function create(): Promise<string> {
  return (await api.call('POST', '/download', { body: { url: 'https://files.example.com/a' } })).json().download_id;
}

/** A download that has ended as `path`, whatever lies there. */
async function complete(path: string, content_type: string | null = null): Promise<string> {
  const id = await create();
  const { attempt } = await publisher.claimAttempt(id, {});
  const result = { path, size: CONTENT.length, sha256: 'a'.repeat(64), content_type, duration_ms: 1 };
  await publisher.publishStatus(id, attempt, 'completed', { result, completed_at: new Date().toISOString() });
  return id;
}

async function completeFile(path: string, content_type: string | null = null): Promise<string> {
  await writeFile(place(path), CONTENT);
  return complete(path, content_type);
}

const fetchFile = (id: string, headers: Record<string, string> = {}) =>
  api.call('GET', `/download/${id}/file`, { headers });

describe('GET /download/{id}/file', () => {
  it('sends the file, as an attachment that can do nothing here', async () => {
    const answer = await fetchFile(await completeFile('films/page.html', 'text/html; charset=utf-8'));
    expect([answer.statusCode, answer.body]).toEqual([200, CONTENT]);
    expect(answer.headers).toMatchObject({
      'content-type': 'text/html; charset=utf-8',
      'content-disposition': 'attachment; filename=page.html',
      'content-length': '10',
      'content-security-policy': "default-src 'none'; sandbox",
      'x-content-type-options': 'nosniff',
      'accept-ranges': 'bytes',
      'cache-control': 'private, no-cache',
    });
  });

  it.each([
    ['Наутилус "Крылья" 100%.mp3', /^attachment; filename="[ -~]+"; filename\*=UTF-8''%D0%9D[\w%.'-]+$/],
    ['.hidden;a=b', /^attachment; filename="\.hidden;a=b"$/],
    ['a%2fb', /filename\*=UTF-8''a%252fb$/],
  ])('is safe with the name %s', async (name, disposition) => {
    const answer = await fetchFile(await completeFile(name));
    expect([answer.statusCode, answer.headers['content-type']]).toEqual([200, 'application/octet-stream']);
    expect(answer.headers['content-disposition']).toMatch(disposition);
  });

  it('does not pass on a content type that is none', async () => {
    const { headers } = await fetchFile(await completeFile('odd', 'text/html\r\nx: y'));
    expect(headers['content-type']).toBe('application/octet-stream');
  });

  it('sends a part, if it is of the file that the caller knows', async () => {
    const id = await completeFile('part.bin');
    const { etag, 'last-modified': modified } = (await fetchFile(id)).headers;
    const part = (headers: Record<string, string>) => fetchFile(id, { range: 'bytes=4-6', ...headers });
    for (const headers of [{}, { 'if-range': String(etag) }, { 'if-range': String(modified) }]) {
      const answer = await part(headers);
      expect([answer.statusCode, answer.body, answer.headers['content-range']]).toEqual([206, '456', 'bytes 4-6/10']);
    }
    const changed = await part({ 'if-range': '"another"' });
    expect([changed.statusCode, changed.body]).toEqual([200, CONTENT]);
    expect((await fetchFile(id, { range: 'bytes=-3' })).body).toBe('789');
    const beyond = await fetchFile(id, { range: 'bytes=10-' });
    expect([beyond.statusCode, beyond.body, beyond.headers['content-range']]).toEqual([416, '', 'bytes */10']);
    expect((await fetchFile(id, { 'if-match': '"another"' })).statusCode).toBe(412);
    expect((await fetchFile(id, { 'if-none-match': String(etag) })).statusCode).toBe(304);
  });

  it('answers HEAD with the same headers and no body', async () => {
    const id = await completeFile('head.bin');
    const answer = await api.app.inject({
      method: 'HEAD',
      url: `${API_BASE}/download/${id}/file`,
      headers: { host: 'localhost', authorization: `Bearer ${api.adminKey}` },
    });
    expect([answer.statusCode, answer.body, answer.headers['content-length']]).toEqual([200, '', '10']);
    expect(answer.headers['content-disposition']).toContain('head.bin');
  });

  it('is refused where there is no file yet', async () => {
    const id = await create();
    expect((await fetchFile(id)).json()).toMatchObject({ status: 409, code: 'STATUS_CONFLICT' });
    await api.call('POST', `/download/${id}/cancel`);
    expect((await fetchFile(id)).json().detail).toContain('cancelled');
    expect((await fetchFile('never-was')).json()).toMatchObject({ status: 404, code: 'DOWNLOAD_NOT_FOUND' });
    const { key } = await api.newKey(['read']);
    expect((await api.call('GET', `/download/${id}/file`, { key })).statusCode).toBe(403);
  });

  it('says so when the file is gone, or is none', async () => {
    const id = await completeFile('gone.bin');
    await rm(place('gone.bin'));
    expect((await fetchFile(id)).json()).toMatchObject({ status: 404, code: 'FILE_GONE' });
    expect((await fetchFile(await complete('films'))).json().code).toBe('FILE_GONE');
    expect((await fetchFile(await complete('.'))).json().code).toBe('FILE_GONE');
  });

  it('sends nothing from outside the download directory', async () => {
    await writeFile(join(api.home, 'outside'), CONTENT);
    await symlink(join(api.home, 'outside'), place('link'));
    await symlink(api.home, place('films/up'));
    for (const path of ['../outside', 'link', 'films/up/outside', 'films/../../outside', '/etc/hostname', 'x\0y']) {
      const answer = await fetchFile(await complete(path));
      expect([path, answer.json().code]).toEqual([path, 'FILE_GONE']);
    }
    await symlink(place('films/page.html'), place('inside'));
    expect((await fetchFile(await complete('inside'))).statusCode).toBe(200);
  });

  it('does not keep the server from stopping', async () => {
    const other = await startTestApi(redis.url, { home: api.home });
    const id = await complete('large.bin');
    await writeFile(place('large.bin'), '');
    await truncate(place('large.bin'), 1e9);
    await other.app.listen({ host: '127.0.0.1', port: 0 });
    const { port } = other.app.server.address() as AddressInfo;
    const headers = { authorization: `Bearer ${other.adminKey}` };
    const response = await new Promise<import('node:http').IncomingMessage>((done, fail) => {
      get({ port, path: `${API_BASE}/download/${id}/file`, headers }, done).once('error', fail);
    });
    expect(response.statusCode).toBe(200);
    // Nothing is read from it.
    await other.stop();
    await expect(text(response)).rejects.toThrow('aborted');
  });
});

// Of the database: Redis forgets a download an hour after its end.
describe('the file of a download that only the database knows', () => {
  it('is sent all the same', async () => {
    const id = await completeFile('old.bin');
    const stored = async () => (await api.call('GET', '/history?limit=100')).json<{ items: Download[] }>().items;
    await expect.poll(stored, { timeout: 20_000 }).toContainEqual(expect.objectContaining({ download_id: id }));
    const commands = await redis.connect('commands');
    await commands.del(redis.keys.download(id));
    expect((await fetchFile(id)).body).toBe(CONTENT);
  });
});
