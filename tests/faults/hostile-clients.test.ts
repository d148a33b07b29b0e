import { connect, type Socket } from 'node:net';
import { setTimeout as delay } from 'node:timers/promises';
import { keyspace } from '@hermes/contracts';
import { Publisher } from '@hermes/event-log';
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest';
import { TestRedis } from '../support/test-redis.ts';
import { GatewayProcess } from './gateway-process.ts';
import { ReturningClient } from './returning-client.ts';

const WAIT = { timeout: 90_000, interval: 200 };
const MALFORMED = 10_000;
/** What a process may keep of a storm: the collector decides when it gives memory back, but not ten times as much. */
const MAX_GROWTH_BYTES = 96 * 1024 * 1024;

describe('clients that mean no good', () => {
  let redis: TestRedis;
  let gateway: GatewayProcess;
  let witness: ReturningClient;
  let expected: string[];
  let publishing: Promise<void>;
  let isOver = false;

  beforeAll(async () => {
    redis = await TestRedis.start();
    gateway = await GatewayProcess.start(redis, {
      HERMES_SSE_SLOW_TIMEOUT: '2',
      HERMES_SSE_MAX_BUFFER: '65536',
      HERMES_SSE_HEARTBEAT_INTERVAL: '1',
    });
    // The code that storms make hot, and what it allocates once, does not count as a leak.
    await malformed(500);
    witness = new ReturningClient(gateway.stream());
    await vi.waitFor(() => expect(witness.lastId).toBeDefined(), WAIT);
    expected = [];
    const publisher = new Publisher(await redis.connect('commands'), keyspace(''));
    publishing = (async () => {
      for (let n = 1; !isOver; n++) {
        expected.push(String(n));
        await publisher.publish('system_notification', { level: 'info', code: 'LOAD', message: String(n) });
        await delay(5);
      }
    })();
  });
  afterAll(async () => {
    isOver = true;
    await publishing;
    witness.close();
    await gateway.kill();
    await redis.close();
  });

  async function malformed(count: number): Promise<number> {
    let answered = 0;
    for (let from = 0; from < count; from += 100) {
      const batch = Array.from({ length: Math.min(100, count - from) }, (_, index) => rubbish(from + index));
      const answers = await Promise.all(batch.map((bytes) => tell(gateway.port, bytes)));
      answered += answers.filter((answer) => /^HTTP\/1\.1 4\d\d /.test(answer)).length;
      // Nothing of it is a fault of ours.
      expect(answers.filter((answer) => answer.startsWith('HTTP/1.1 5'))).toEqual([]);
    }
    return answered;
  }

  async function expectBackToWhereItWas(before: Standing): Promise<void> {
    await vi.waitFor(async () => expect(await gateway.activeConnections()).toBe(1), WAIT);
    await vi.waitFor(async () => {
      const after = await standing(gateway);
      expect(after.files).toBeLessThanOrEqual(before.files + 5);
      expect(after.timers).toBeLessThanOrEqual(before.timers + 3);
      expect(after.heap).toBeLessThan(before.heap + MAX_GROWTH_BYTES);
    }, WAIT);
    await vi.waitFor(() => expect(witness.facts.length).toBeGreaterThan(0), WAIT);
    expect(witness.opened).toBe(1);
    expect(witness.disordered).toEqual([]);
    expect(witness.facts).toEqual(expected.slice(0, witness.facts.length));
  }

  it(`is not moved by ${MALFORMED} malformed requests`, async () => {
    const before = await standing(gateway);
    // Those that are not even HTTP are answered by a closed connection, the others by a problem.
    expect(await malformed(MALFORMED)).toBeGreaterThan(MALFORMED / 2);
    await expectBackToWhereItWas(before);
  });

  it('lets go of those that never read, speak HTTP/1.0, break off in a frame or never finish their request', async () => {
    const before = await standing(gateway);
    const path = '/api/v1/events/stream?channels=system';
    const sockets: Socket[] = [];
    const ask = (head: string) => {
      const socket = connect(gateway.port, '127.0.0.1');
      socket.on('error', () => {});
      socket.write(head);
      sockets.push(socket);
      return socket;
    };
    const withHost = `GET ${path} HTTP/1.1\r\nHost: 127.0.0.1\r\nAccept: text/event-stream\r\n`;
    const old: Buffer[][] = [];
    for (let n = 0; n < 100; n++) {
      ask(`${withHost}\r\n`).pause();
      const chunks: Buffer[] = [];
      old.push(chunks);
      ask(`GET ${path} HTTP/1.0\r\nHost: 127.0.0.1\r\n\r\n`).on('data', (chunk: Buffer) => chunks.push(chunk));
      ask(`${withHost}\r\n`).once('data', function breakOff(this: Socket) {
        this.resetAndDestroy();
      });
      ask(withHost);
    }
    await vi.waitFor(async () => expect(await gateway.activeConnections()).toBeGreaterThan(100), WAIT);
    await vi.waitFor(() => {
      for (const chunks of old) expect(Buffer.concat(chunks).toString()).toMatch(/event: system_notification\n/);
    }, WAIT);
    for (const chunks of old) {
      const [head = '', body = ''] = Buffer.concat(chunks).toString().split('\r\n\r\n');
      expect(head).not.toMatch(/transfer-encoding/i);
      // Not a chunk size before the first frame.
      expect(body).toMatch(/^(?:retry|event|id|:)/);
    }
    for (const socket of sockets) socket.resetAndDestroy();
    await expectBackToWhereItWas(before);
  });
});

interface Standing {
  files: number;
  timers: number;
  heap: number;
}

async function standing(gateway: GatewayProcess): Promise<Standing> {
  return {
    files: gateway.openFiles,
    timers: await gateway.metric('nodejs_active_resources_total'),
    heap: await gateway.metric('nodejs_heap_size_used_bytes'),
  };
}

/** Resolves with what was answered once the connection has ended. */
function tell(port: number, bytes: Buffer): Promise<string> {
  return new Promise((done) => {
    let answer = '';
    const socket = connect(port, '127.0.0.1');
    const timer = setTimeout(() => socket.destroy(), 10_000);
    socket.setEncoding('latin1');
    socket.on('data', (text: string) => {
      answer += text;
    });
    socket.on('error', () => {});
    socket.once('close', () => {
      clearTimeout(timer);
      done(answer);
    });
    socket.end(bytes);
  });
}

const STREAM = '/api/v1/events/stream';

/** The n-th of many wrong requests: each kind comes again with other values. */
function rubbish(n: number): Buffer {
  const host = 'Host: 127.0.0.1\r\nConnection: close\r\n';
  const get = (path: string, more = '') => `GET ${path} HTTP/1.1\r\n${host}${more}\r\n`;
  const kinds: (() => string)[] = [
    () => get(`${STREAM}?channels=${n}`),
    () => get(`${STREAM}?interval_ms=${n}.5`),
    () => get(`${STREAM}?download_id=${'%00'.repeat(1 + (n % 50))}`),
    () => get(`${STREAM}?channels=${'system,'.repeat(20 + (n % 200))}`),
    () => get(`${STREAM}?unknown=${n}`),
    () => get(`/api/v1/events/downloads/${'..%2f'.repeat(1 + (n % 20))}`),
    () => get(`/api/v1/events/nothing-${n}`),
    () => get(`${STREAM}?%E0%A4%A=${n}`),
    () => get(STREAM, `Accept: application/x-${n}\r\n`),
    () => get(STREAM, `X-Big: ${'a'.repeat(20_000 + n)}\r\n`),
    () => `GET ${STREAM} HTTP/1.1\r\nConnection: close\r\nHost: evil-${n}.example\r\n\r\n`,
    () =>
      `POST /api/v1/events/token HTTP/1.1\r\n${host}Content-Type: application/json\r\nContent-Length: 9\r\n\r\n{"a":${n % 10}`,
    () => `POST /api/v1/events/token HTTP/1.1\r\n${host}Transfer-Encoding: chunked\r\n\r\nZZ${n}\r\n`,
    () => `POST /api/v1/events/token HTTP/1.1\r\n${host}Content-Length: -${n}\r\n\r\n`,
    () => `DELETE ${STREAM} HTTP/1.1\r\n${host}\r\n`,
    () => `GET ${STREAM} HTTP/${n}.1\r\n${host}\r\n`,
    () => `\u0000\u0001${n}\r\n\r\n`,
    () => `GET\t${STREAM}\tHTTP/1.1\r\n\r\n`,
    () => `GET ${STREAM} HTTP/1.1\r\n${host}Last-Event-ID : ${n}\r\n\r\n`,
  ];
  const kind = kinds[n % kinds.length] as () => string;
  return Buffer.from(kind(), 'latin1');
}
