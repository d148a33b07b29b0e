import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { runCaptured, runToEnd } from '../fixtures/run-captured.ts';
import { makeTestHome } from '../fixtures/test-home.ts';

const STREAM = { 'content-type': 'text/event-stream' };
const frame = (id: string, n: number) => `id: ${id}\nevent: test\ndata: {"n":${n}}\n\n`;

type Answer = (request: IncomingMessage, response: ServerResponse) => void;

let server: Server;
let requests: { url: string; cursor: string | undefined }[];
/** The last one is given again and again. */
let answers: Answer[];
let remove: () => Promise<void>;

beforeEach(async () => {
  requests = [];
  server = createServer((request, response) => {
    requests.push({ url: request.url ?? '', cursor: request.headers['last-event-id'] as string | undefined });
    const answer = answers.length > 1 ? answers.shift() : answers[0];
    answer?.(request, response);
  });
  await new Promise<void>((done) => server.listen(0, '127.0.0.1', done));
  ({ remove } = await makeTestHome({ HERMES_PORT: String((server.address() as AddressInfo).port) }));
});
afterEach(async () => {
  vi.unstubAllEnvs();
  server.closeAllConnections();
  await new Promise((done) => server.close(done));
  await remove();
});

const streams =
  (...frames: string[]): Answer =>
  (_, response) =>
    response.writeHead(200, STREAM).end(frames.join(''));

const refuses =
  (status: number, code: string): Answer =>
  (_, response) =>
    response
      .writeHead(status, { 'content-type': 'application/problem+json' })
      .end(JSON.stringify({ type: 'about:blank', title: 'No', status, code }));

describe('hermes tail', () => {
  it('comes back where it left off, and ends after so many events', async () => {
    answers = [
      streams(frame('e:1', 1), frame('e:2', 2)),
      refuses(503, 'SHUTTING_DOWN'),
      streams(frame('e:3', 3), frame('e:4', 4)),
    ];
    const { exitCode, stdout, stderr } = await runToEnd('tail', '--json', '--count', '3');
    expect(exitCode).toBe(0);
    expect(
      stdout
        .trim()
        .split('\n')
        .map((line) => JSON.parse(line)),
    ).toEqual([
      { id: 'e:1', event: 'test', data: { n: 1 } },
      { id: 'e:2', event: 'test', data: { n: 2 } },
      { id: 'e:3', event: 'test', data: { n: 3 } },
    ]);
    expect(requests.map(({ cursor }) => cursor)).toEqual([undefined, 'e:2', 'e:2']);
    expect(stderr).toMatch(
      /^The stream ended; trying again in \d\.\d s\nNo \(SHUTTING_DOWN\); trying again in \d\.\d s\n$/,
    );
  });

  it('asks for what it was told to', async () => {
    answers = [streams(frame('e:9', 1))];
    await runToEnd('tail', '--count', '1', '--since', 'e:8', '--channels', 'queue,system');
    await runToEnd('tail', '--count', '1', '--download', 'a/b');
    expect(requests).toEqual([
      { url: '/api/v1/events/stream?channels=queue%2Csystem', cursor: 'e:8' },
      { url: '/api/v1/events/downloads/a%2Fb', cursor: undefined },
    ]);
  });

  it('gives up at once on what waiting does not mend, also with a cursor', async () => {
    answers = [refuses(401, 'INVALID_CREDENTIAL')];
    for (const more of [[], ['--since', 'e:1']]) {
      const { exitCode, stderr } = await runToEnd('tail', ...more);
      expect(exitCode).toBe(1);
      expect(stderr).toMatch(/^No \(INVALID_CREDENTIAL\)\. Give a key/);
    }
    answers = [streams(frame('e:1', 1)), refuses(401, 'CREDENTIAL_EXPIRED')];
    const later = await runToEnd('tail');
    expect(later.exitCode).toBe(1);
    expect(later.stderr).toContain('CREDENTIAL_EXPIRED');
  });

  it.each<[string, Answer]>([
    ['a page', (_, response) => response.writeHead(200, { 'content-type': 'text/html' }).end('<p>')],
    ['an error that is not ours', (_, response) => response.writeHead(404).end('nothing')],
    ['a problem that is none', (_, r) => r.writeHead(404, { 'content-type': 'application/problem+json' }).end('<')],
  ])('asks whether the address is right when it gets %s', async (_, answer) => {
    answers = [answer];
    const { exitCode, stderr } = await runToEnd('tail');
    expect(exitCode).toBe(1);
    expect(stderr).toContain('Is this the right address?');
  });

  it.each(['SIGINT', 'SIGTERM'] as const)('ends quietly at %s', async (signal) => {
    answers = [(_, response) => void response.writeHead(200, STREAM).write(frame('e:1', 1))];
    const run = runCaptured('tail');
    await vi.waitFor(() => expect(run.stdout).toContain('test'));
    process.emit(signal);
    expect(await run.exitCode).toBe(0);
    expect(run.stderr).toBe('');
  });

  it('ends quietly when nobody reads on', async () => {
    answers = [(_, response) => void response.writeHead(200, STREAM).write(frame('e:1', 1))];
    const run = runCaptured('tail');
    await vi.waitFor(() => expect(run.stdout).toContain('test'));
    process.stdout.emit('error', Object.assign(new Error('write EPIPE'), { code: 'EPIPE' }));
    expect(await run.exitCode).toBe(0);
    expect(run.stderr).toBe('');
  });
});
