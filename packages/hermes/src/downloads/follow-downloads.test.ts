import { createServer, type Server, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import type { Download } from '@hermes/contracts';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { queued } from '../../../contracts/src/fixtures/download-fixtures.ts';
import type { ServerAccess } from '../server-client.ts';
import { followDownloads } from './follow-downloads.ts';

let server: Server;
let access: ServerAccess;
/** What the server knows. */
let downloads: Map<string, Download>;
/** What becomes of the next stream; the last one is done again and again. */
let streams: ((response: ServerResponse) => void)[];
let requests: string[];
let stop: AbortController;

const download = (id: string, status: Download['status'], seq: number): Download => ({
  ...queued,
  download_id: id,
  status,
  seq,
});
const frame = (event: string, data: object) => `event: ${event}\ndata: ${JSON.stringify(data)}\n\n`;
const snapshot = (...open: Download[]) => frame('snapshot', { downloads: open, counts: {}, page: 1, last: true });

const opens =
  (...frames: string[]) =>
  (response: ServerResponse) => {
    response.writeHead(200, { 'content-type': 'text/event-stream' }).write(frames.join(''));
  };
const refuses = (status: number, code: string) => (response: ServerResponse) => {
  response
    .writeHead(status, { 'content-type': 'application/problem+json' })
    .end(JSON.stringify({ type: 'about:blank', title: 'No', status, code }));
};

beforeEach(async () => {
  downloads = new Map();
  requests = [];
  stop = new AbortController();
  server = createServer(({ url = '' }, response) => {
    requests.push(url);
    const answer = (value: object) =>
      response.writeHead(200, { 'content-type': 'application/json' }).end(JSON.stringify(value));
    if (url.startsWith('/api/v1/events/')) {
      const open = streams.length > 1 ? streams.shift() : streams[0];
      return open?.(response);
    }
    const id = /\/download\/(\w+)$/.exec(url)?.[1];
    if (id === undefined || id === 'queue') throw new Error(url);
    const found = downloads.get(id);
    if (found === undefined) return refuses(404, 'DOWNLOAD_NOT_FOUND')(response);
    answer(found);
  });
  await new Promise<void>((done) => server.listen(0, '127.0.0.1', done));
  access = { origin: `http://127.0.0.1:${(server.address() as AddressInfo).port}`, key: null };
});
afterEach(async () => {
  stop.abort();
  server.closeAllConnections();
  await new Promise((done) => server.close(done));
});

const follow = (ids: string[], onTrouble: (text: string) => void = () => {}) =>
  followDownloads(access, { ids, signal: stop.signal, onChange: () => {}, onTrouble });
const set = (...all: Download[]) => {
  for (const one of all) downloads.set(one.download_id, one);
};

describe('followDownloads', () => {
  it('opens no stream for what has ended', async () => {
    streams = [];
    set(download('a', 'completed', 5));
    expect((await follow(['a'])).get('a')).toMatchObject({ status: 'completed' });
    expect(requests).toEqual(['/api/v1/download/a']);
  });

  it('learns of what has ended between the first look and the snapshot', async () => {
    set(download('a', 'queued', 1), download('b', 'queued', 2));
    streams = [
      (response) => {
        set(download('a', 'completed', 3));
        opens(snapshot(download('b', 'queued', 2)))(response);
        setTimeout(() => response.write(frame('download_status', download('b', 'failed', 4))), 50);
      },
    ];
    const known = await follow(['a', 'b']);
    expect([...known.values()].map(({ status }) => status)).toEqual(['completed', 'failed']);
    // What the snapshot has told is not asked for again.
    expect(requests.filter((url) => url.endsWith('/b'))).toHaveLength(1);
  });

  it('keeps the newer of what comes', async () => {
    set(download('a', 'downloading', 5));
    streams = [
      opens(
        snapshot(download('a', 'queued', 1)),
        frame('download_progress', { download_id: 'a', status: 'downloading', progress: 42 }),
        frame('download_status', download('a', 'paused', 4)),
        frame('download_status', download('other', 'completed', 6)),
      ),
    ];
    const seen: Download[] = [];
    const following = followDownloads(access, {
      ids: ['a'],
      signal: stop.signal,
      onChange: (changed) => void seen.push(...changed),
      onTrouble: () => {},
    });
    await vi.waitFor(() => expect(seen).toHaveLength(2));
    stop.abort();
    await following;
    expect(seen.map(({ download_id, status, progress }) => [download_id, status, progress])).toEqual([
      ['a', 'downloading', queued.progress],
      ['a', 'downloading', 42],
    ]);
  });

  it.each([
    ['is broken off', (response: ServerResponse) => void response.destroy()],
    ['is refused for a moment', refuses(503, 'SSE_CAPACITY')],
  ])('reads by itself when the stream %s', async (_what, end) => {
    set(download('a', 'queued', 1));
    streams = [
      (response) => {
        end(response);
        set(download('a', 'completed', 2));
      },
    ];
    const trouble: string[] = [];
    expect((await follow(['a'], (text) => trouble.push(text))).get('a')).toMatchObject({ status: 'completed' });
    expect(trouble).toHaveLength(1);
  });

  it('goes on when a stream that was open breaks off', async () => {
    set(download('a', 'queued', 1));
    streams = [
      (response) => {
        opens(snapshot(download('a', 'queued', 1)))(response);
        setTimeout(() => {
          set(download('a', 'completed', 2));
          response.destroy();
        }, 50);
      },
    ];
    expect((await follow(['a'])).get('a')).toMatchObject({ status: 'completed' });
  });

  it('gives up on what waiting does not mend', async () => {
    set(download('a', 'queued', 1));
    streams = [refuses(403, 'FORBIDDEN')];
    await expect(follow(['a'])).rejects.toMatchObject({ code: 'FORBIDDEN' });
    await expect(follow(['nobody'])).rejects.toThrow('There is no download nobody.');
  });
});
