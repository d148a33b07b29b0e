import { resolve } from 'node:path';
import { EVENTS_BASE } from '@hermes/contracts';
import type { Deployment } from '../../deploy/deployment.ts';
import { Fleet } from '../clients/fleet.ts';
import { quantile, sorted } from '../clients/quantile.ts';
import { Sample } from '../clients/sampled-stream.ts';
import { SecureSample } from '../clients/secure-sample.ts';
import { RemoteProcess } from '../process/remote.ts';
import type { PublishCommands } from '../publishers/publish-process.ts';
import { type Bar, count, decimal, median, type ScenarioReport } from '../report.ts';
import { withDeployment } from '../targets/production.ts';
import type { Scenario } from './scenario.ts';

/** One is what the way itself adds; of many each also waits until the client has taken TLS and HTTP/2 off for those before it. */
const FLEETS = [1, 20] as const;
const RATE = 20;
const MAX_RATIO = 1.5;

interface Latencies {
  p50: number;
  p95: number;
  p99: number;
  events: number;
}

interface Rounds {
  direct: Latencies[];
  throughCaddy: Latencies[];
}

/** What the proxy of the production deploy adds: TLS, HTTP/2 and a hop. */
export const proxied: Scenario = {
  name: 'proxied',
  summary: `from publish to ${FLEETS.join(' and ')} clients, direct and through Caddy with TLS and HTTP/2`,
  async run({ quick, log }) {
    const measured = new Map<number, Rounds>();
    const isHere = await withDeployment({ tls: true }, async (deployment) => {
      const publisher = new RemoteProcess<PublishCommands>(
        resolve(import.meta.dirname, '../publishers/publish-process.ts'),
        null,
      );
      try {
        await publisher.call('open', { kind: 'log', redisUrl: deployment.redis.url });
        for (const clients of FLEETS) {
          const rounds: Rounds = { direct: [], throughCaddy: [] };
          measured.set(clients, rounds);
          for (let round = 0; round < (quick ? 1 : 5); round++) {
            const publish = (seconds: number) => publisher.call('publish', { rate: RATE, seconds, downloads: 0 });
            const one = { deployment, publish, clients, seconds: quick ? 1 : 6 };
            rounds.throughCaddy.push(await measureProxied(one));
            rounds.direct.push(await measureDirect(one));
            const p95 = (way: keyof Rounds) => decimal(rounds[way].at(-1)?.p95 ?? 0);
            log(`${clients} clients: p95 direct ${p95('direct')} ms, through Caddy ${p95('throughCaddy')} ms`);
          }
        }
      } finally {
        await publisher.stop();
      }
    });
    if (!isHere) {
      log('caddy is not here and is left out');
      return { tables: [], bars: [] };
    }
    return report(measured);
  },
};

interface Measurement {
  deployment: Deployment;
  publish: (seconds: number) => Promise<unknown>;
  clients: number;
  seconds: number;
}

const PATH = `${EVENTS_BASE}/stream?channels=system`;

async function headersFor(deployment: Deployment): Promise<Record<string, string>> {
  return { authorization: `Bearer ${await deployment.adminKey()}` };
}

async function measureProxied({ deployment, publish, clients, seconds }: Measurement): Promise<Latencies> {
  const sample = new Sample();
  const secure = new SecureSample(sample);
  const headers = await headersFor(deployment);
  for (let n = 0; n < clients; n++) {
    await secure.open(`${deployment.origin}${PATH}`, await deployment.authority(), headers);
  }
  await publish(0.5);
  sample.clear();
  await publish(seconds);
  secure.close();
  return latenciesOf(sample);
}

async function measureDirect({ deployment, publish, clients, seconds }: Measurement): Promise<Latencies> {
  const fleet = new Fleet();
  const port = Number(new URL(deployment.eventsOrigin).port);
  const address = { port, path: PATH, headers: await headersFor(deployment), liveMark: 'event: connected' };
  await fleet.open({ address, count: clients, sampled: clients, concurrency: 10, timeoutMs: 30_000 });
  await publish(0.5);
  await fleet.mark(null);
  await publish(seconds);
  const { p50Ms, p95Ms, p99Ms, events } = await fleet.read(null);
  await fleet.close(null);
  return { p50: p50Ms, p95: p95Ms, p99: p99Ms, events };
}

function report(measured: ReadonlyMap<number, Rounds>): Pick<ScenarioReport, 'tables' | 'bars'> {
  const bars: Bar[] = [];
  const rows: string[][] = [];
  const of = (rounds: readonly Latencies[], value: (round: Latencies) => number) => median(rounds.map(value));
  const p95 = (rounds: readonly Latencies[]) => of(rounds, (round) => round.p95);
  for (const [clients, { direct, throughCaddy }] of measured) {
    const ratio = p95(throughCaddy) / p95(direct);
    bars.push({
      measure: `p95 from publish to receive through Caddy (TLS, HTTP/2) against direct, ${named(clients)}`,
      bar: `≤ ${MAX_RATIO}x`,
      measured: `${decimal(ratio, 2)}x (${decimal(p95(direct))} → ${decimal(p95(throughCaddy))} ms)`,
      met: ratio <= MAX_RATIO,
    });
    for (const [way, rounds] of [
      ['direct, HTTP/1.1', direct],
      ['through Caddy, TLS and HTTP/2', throughCaddy],
    ] as const) {
      rows.push([
        String(clients),
        way,
        decimal(of(rounds, ({ p50 }) => p50)),
        decimal(p95(rounds)),
        decimal(of(rounds, ({ p99 }) => p99)),
        count(rounds.reduce((sum, { events }) => sum + events, 0)),
      ]);
    }
  }
  return {
    tables: [
      {
        title: `From publish to receive, ${RATE} facts/s`,
        columns: ['clients', 'way', 'p50 ms', 'p95 ms', 'p99 ms', 'events'],
        rows,
        notes: [
          'Medians of the rounds, which take turns. Every client has a connection of its own, as from another browser; all read in full, by one process.',
        ],
      },
    ],
    bars,
  };
}

const named = (clients: number) => (clients === 1 ? '1 client' : `${clients} clients`);

function latenciesOf({ latenciesUs, events }: Sample): Latencies {
  const latencies = sorted(latenciesUs);
  const at = (q: number) => quantile(latencies, q) / 1000;
  return { p50: at(0.5), p95: at(0.95), p99: at(0.99), events };
}
