import { resolve } from 'node:path';
import { EVENTS_BASE } from '@hermes/contracts';
import { Fleet } from '../clients/fleet.ts';
import { quantile, sorted } from '../clients/quantile.ts';
import { Sample } from '../clients/sampled-stream.ts';
import { SecureSample } from '../clients/secure-sample.ts';
import { RemoteProcess } from '../process/remote.ts';
import type { PublishCommands } from '../publishers/publish-process.ts';
import { type Bar, count, decimal, median } from '../report.ts';
import { withDeployment } from '../targets/production.ts';
import type { Scenario } from './scenario.ts';

const CLIENTS = 20;
const RATE = 20;
const MAX_RATIO = 1.5;

interface Latencies {
  p50: number;
  p95: number;
  p99: number;
  events: number;
}

/** What the proxy of the production deploy adds: TLS, HTTP/2 and a hop. */
export const proxied: Scenario = {
  name: 'proxied',
  summary: `from publish to ${CLIENTS} clients, direct and through Caddy with TLS and HTTP/2`,
  async run({ quick, log }) {
    const direct: Latencies[] = [];
    const throughCaddy: Latencies[] = [];
    const isHere = await withDeployment({ tls: true }, async (deployment) => {
      const headers = { authorization: `Bearer ${await deployment.adminKey()}` };
      const path = `${EVENTS_BASE}/stream?channels=system`;
      const publisher = new RemoteProcess<PublishCommands>(
        resolve(import.meta.dirname, '../publishers/publish-process.ts'),
        null,
      );
      const publish = (seconds: number) => publisher.call('publish', { rate: RATE, seconds, downloads: 0 });
      const seconds = quick ? 1 : 6;
      try {
        await publisher.call('open', { kind: 'log', redisUrl: deployment.redis.url });
        for (let round = 0; round < (quick ? 1 : 5); round++) {
          const sample = new Sample();
          const secure = new SecureSample(sample);
          for (let n = 0; n < CLIENTS; n++) {
            await secure.open(`${deployment.origin}${path}`, await deployment.authority(), headers);
          }
          await publish(0.5);
          sample.clear();
          await publish(seconds);
          throughCaddy.push(latenciesOf(sample));
          secure.close();

          const fleet = new Fleet();
          const port = Number(new URL(deployment.eventsOrigin).port);
          const address = { port, path, headers, liveMark: 'event: connected' };
          await fleet.open({ address, count: CLIENTS, sampled: CLIENTS, concurrency: 10, timeoutMs: 30_000 });
          await publish(0.5);
          await fleet.mark(null);
          await publish(seconds);
          const { p50Ms, p95Ms, p99Ms, events } = await fleet.read(null);
          direct.push({ p50: p50Ms, p95: p95Ms, p99: p99Ms, events });
          await fleet.close(null);
          log(`p95 direct ${decimal(p95Ms)} ms, through Caddy ${decimal(throughCaddy.at(-1)?.p95 ?? 0)} ms`);
        }
      } finally {
        await publisher.stop();
      }
    });
    if (!isHere) {
      log('caddy is not here and is left out');
      return { tables: [], bars: [] };
    }
    const of = (rounds: readonly Latencies[], value: (round: Latencies) => number) => median(rounds.map(value));
    const ratio = of(throughCaddy, ({ p95 }) => p95) / of(direct, ({ p95 }) => p95);
    const bars: Bar[] = [
      {
        measure: 'p95 from publish to receive through Caddy (TLS, HTTP/2) against direct',
        bar: `≤ ${MAX_RATIO}x`,
        measured: `${decimal(ratio, 2)}x (${decimal(of(direct, ({ p95 }) => p95))} → ${decimal(of(throughCaddy, ({ p95 }) => p95))} ms)`,
        met: ratio <= MAX_RATIO,
      },
    ];
    const row = (title: string, rounds: readonly Latencies[]) => [
      title,
      decimal(of(rounds, ({ p50 }) => p50)),
      decimal(of(rounds, ({ p95 }) => p95)),
      decimal(of(rounds, ({ p99 }) => p99)),
      count(rounds.reduce((sum, { events }) => sum + events, 0)),
    ];
    return {
      tables: [
        {
          title: `From publish to receive, ${CLIENTS} clients, ${RATE} facts/s`,
          columns: ['way', 'p50 ms', 'p95 ms', 'p99 ms', 'events'],
          rows: [row('direct, HTTP/1.1', direct), row('through Caddy, TLS and HTTP/2', throughCaddy)],
          notes: [
            'Medians of the rounds, which take turns. Every client has a connection of its own, as from another browser; all read in full.',
          ],
        },
      ],
      bars,
    };
  },
};

function latenciesOf({ latenciesUs, events }: Sample): Latencies {
  const latencies = sorted(latenciesUs);
  const at = (q: number) => quantile(latencies, q) / 1000;
  return { p50: at(0.5), p95: at(0.95), p99: at(0.99), events };
}
