import { EVENTS_BASE } from '@hermes/contracts';
import { Publisher } from '@hermes/event-log';
import { afterAll, afterEach, beforeAll, describe, expect, it, vi } from 'vitest';
import { findCaddy } from '../support/programs.ts';
import { Deployment } from './deployment.ts';
import { SecureStream } from './secure-stream.ts';

const caddy = findCaddy();
const CLIENTS = 12;
const FACTS = 600;
const WAIT = { timeout: 60_000 };

describe.skipIf(caddy === null)('two gateways behind Caddy, by TLS and HTTP/2', () => {
  let deployment: Deployment;
  let authorization: string;
  let authority: string;
  let streams: SecureStream[] = [];

  beforeAll(async () => {
    deployment = await Deployment.start(caddy ?? '', {
      tls: true,
      twoGateways: true,
      environment: { HERMES_SSE_MAX_CONNECTIONS_PER_ADDRESS: '100' },
    });
    authorization = `Bearer ${await deployment.adminKey()}`;
    authority = await vi.waitFor(() => deployment.authority(), WAIT);
  }, 120_000);
  afterEach(() => {
    for (const stream of streams) stream.close();
    streams = [];
  });
  afterAll(() => deployment?.close());

  function open(path: string): SecureStream {
    const stream = new SecureStream(`${deployment.origin}${EVENTS_BASE}${path}`, authority, { authorization });
    streams.push(stream);
    return stream;
  }

  it('hand on events one by one', async () => {
    const stream = open('/test?count=5&interval_ms=300');
    await vi.waitFor(() => expect(stream.events.length).toBeGreaterThanOrEqual(5), WAIT);
    const [first, ...rest] = stream.events.slice(0, 5);
    // Had they been held back, the first would have come with the last: after that was sent.
    const sentAt = rest.map(({ data }) => Date.parse(String(data.server_time)));
    expect(first?.receivedAt).toBeLessThan(sentAt.at(-1) ?? 0);
    expect(rest[0]?.receivedAt).toBeLessThan(sentAt.at(-1) ?? 0);
  });

  it('may be drained and killed under load: nobody misses a fact, or gets one twice', async () => {
    const clients = Array.from({ length: CLIENTS }, () => open('/stream?channels=system'));
    await vi.waitFor(() => {
      for (const { events } of clients) expect(events.some(({ event }) => event === 'connected')).toBe(true);
    }, WAIT);
    const publisher = new Publisher(await deployment.redis.connect('commands'), deployment.redis.keys);
    const publish = (n: number) =>
      publisher.publish('system_notification', { level: 'info', code: 'LOAD', message: String(n) });

    for (let n = 1; n <= FACTS; n++) {
      await publish(n);
      await new Promise((done) => setTimeout(done, 5));
      if (n === FACTS / 4) deployment.service('events').signal('SIGTERM');
      if (n === FACTS / 2) {
        expect((await deployment.service('events').exited).code).toBe(0);
        await deployment.run('events');
      }
      if (n === (FACTS * 3) / 4) await deployment.service('events-2').kill();
    }

    const expected = Array.from({ length: FACTS }, (_, index) => String(index + 1));
    for (const { events, refusals } of clients) {
      // A gateway that stops is not asked any more: the other one answers.
      expect(refusals).not.toContain(503);
      const numbers = () => events.filter(({ data }) => data.code === 'LOAD').map(({ data }) => data.message);
      await vi.waitFor(() => expect(numbers().length).toBeGreaterThanOrEqual(FACTS), WAIT);
      expect(numbers()).toEqual(expected);
      expect(events.some(({ event }) => event === 'reset')).toBe(false);
    }
    // Both ways of going were felt: whoever was on the one came to the other.
    expect(clients.some(({ opened }) => opened > 1)).toBe(true);
  });
});
