import { resolve } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { EVENTS_BASE } from '@hermes/contracts';
import type { Deployment } from '../../deploy/deployment.ts';
import { quantile, sorted } from '../clients/quantile.ts';
import { Sample } from '../clients/sampled-stream.ts';
import { Account, WatchingClient } from '../clients/watching-client.ts';
import { RemoteProcess } from '../process/remote.ts';
import type { PublishCommands } from '../publishers/publish-process.ts';
import { type Bar, count, decimal } from '../report.ts';
import { withDeployment } from '../targets/production.ts';
import type { Scenario } from './scenario.ts';

const CLIENTS = 200;
const RATE = 20;
/** Of an hour: how often each client changes its network, and what an operator does. */
const NETWORK_CHANGES = 4;
const HOUR_MS = 3_600_000;

/** What an hour brings, in two minutes: everyone's network, two rolling restarts, a crash and a restart of Redis. */
export const churn: Scenario = {
  name: 'churn',
  summary: `an hour's churn of ${CLIENTS} clients behind Caddy and two gateways, in two minutes`,
  async run({ quick, log }) {
    const account = new Account();
    const sample = new Sample();
    const seconds = quick ? 20 : 120;
    let sent = 0;
    let unpublished = 0;
    let complete = false;
    const isHere = await withDeployment(
      { twoGateways: true, environment: { HERMES_DRAIN_SECONDS: '3' } },
      async (deployment) => {
        const publisher = new RemoteProcess<PublishCommands>(
          resolve(import.meta.dirname, '../publishers/publish-process.ts'),
          null,
        );
        const headers = { authorization: `Bearer ${await deployment.adminKey()}` };
        const url = `${deployment.origin}${EVENTS_BASE}/stream?channels=system`;
        const clients: WatchingClient[] = [];
        try {
          await publisher.call('open', { kind: 'log', redisUrl: deployment.redis.url });
          for (let n = 0; n < CLIENTS; n++) {
            clients.push(new WatchingClient(url, headers, account, sample));
            await delay(5);
          }
          await until(() => clients.every((client) => client.isLive));
          log(`${CLIENTS} clients are live`);
          const publishing = publisher.call('publish', { rate: RATE, seconds, downloads: 0 });
          await Promise.all([operate(deployment, seconds, log), changeNetworks(clients, seconds)]);
          const published = await publishing;
          // What Redis refused while it was away has never been published; its numbers are missing for everyone.
          sent = published.sent - published.failed;
          unpublished = published.failed * CLIENTS;
          await until(() => clients.every(({ isLive, lastN }) => isLive && lastN >= published.lastN));
          complete = sample.events === sent * CLIENTS;
        } finally {
          for (const client of clients) client.close();
          await publisher.stop();
        }
      },
    );
    if (!isHere) {
      log('caddy is not here and is left out');
      return { tables: [], bars: [] };
    }
    const absences = sorted(account.absences);
    const mean = absences.reduce((sum, each) => sum + each, 0) / Math.max(1, absences.length);
    const latencies = sorted(sample.latenciesUs);
    const latency = (q: number) => quantile(latencies, q) / 1000;
    const failed = account.failed / account.attempts;
    const uptime = 1 - account.absentMs / (CLIENTS * HOUR_MS);
    const flaws = sample.missing - unpublished + sample.repeated + sample.disordered;
    const bars: Bar[] = [
      {
        measure: 'an hour of churn: attempts that failed',
        bar: '< 1 %',
        measured: `${decimal(failed * 100, 2)} % (${account.failed} of ${count(account.attempts)})`,
        met: failed < 0.01,
      },
      {
        measure: 'the same, time to reconnect',
        bar: '< 5 s on average',
        measured: `${decimal(mean / 1000, 2)} s`,
        met: mean < 5000,
      },
      {
        measure: 'the same, uptime of the connections',
        bar: '≥ 99.9 %',
        measured: `${decimal(uptime * 100, 3)} %`,
        met: uptime >= 0.999,
      },
      {
        measure: 'the same, latency',
        bar: '< 500 ms, nothing lost',
        measured: `p95 ${decimal(latency(0.95))} ms, ${complete && flaws === 0 ? 'nothing lost' : `${flaws} flaws`}`,
        met: latency(0.95) < 500 && complete && flaws === 0,
      },
    ];
    return {
      tables: [
        {
          title: `An hour's churn of ${CLIENTS} clients in ${seconds} s`,
          columns: [
            'attempts',
            'failed',
            'why',
            'reconnects',
            'mean s',
            'p95 s',
            'longest s',
            'absent in all, s',
            'uptime of the hour',
            'facts received',
            'p50 ms',
            'p95 ms',
            'p99 ms',
          ],
          rows: [
            [
              count(account.attempts),
              count(account.failed),
              [...account.failures].map(([reason, times]) => `${reason} ${times}`).join(', ') || '–',
              count(absences.length),
              decimal(mean / 1000, 2),
              decimal(quantile(absences, 0.95) / 1000, 2),
              decimal(quantile(absences, 1) / 1000, 2),
              count(account.absentMs / 1000),
              `${decimal(uptime * 100, 3)} %`,
              `${count(sample.events)} of ${count(sent * CLIENTS)}`,
              decimal(latency(0.5)),
              decimal(latency(0.95)),
              decimal(latency(0.99)),
            ],
          ],
          notes: [
            `Every client changes its network ${quick ? 1 : NETWORK_CHANGES} times; each gateway is drained and started anew, one is killed -9, Redis is restarted. ` +
              'The clients wait as the web app does (its policy decides). What was absent is set against a whole hour, in which as much would have happened.',
            'Latency is that of facts published while the client was connected; what it missed comes with its return.',
          ],
        },
      ],
      bars,
    };
  },
};

/** What an operator does within an hour, spread over the run. */
async function operate(deployment: Deployment, seconds: number, log: (text: string) => void): Promise<void> {
  const pause = () => delay((seconds * 1000) / 6);
  for (const name of ['events', 'events-2'] as const) {
    await pause();
    log(`${name} is drained and started anew`);
    await deployment.service(name).stop();
    await deployment.run(name);
  }
  await pause();
  log('events is killed -9');
  await deployment.service('events').kill();
  await deployment.run('events');
  await pause();
  log('Redis is restarted');
  await deployment.redis.stop();
  await deployment.redis.restart();
  await pause();
}

async function changeNetworks(clients: readonly WatchingClient[], seconds: number): Promise<void> {
  const changes = clients.length * (seconds < 60 ? 1 : NETWORK_CHANGES);
  const startedAt = performance.now();
  for (let n = 1; n <= changes; n++) {
    clients[Math.floor(Math.random() * clients.length)]?.changeNetwork();
    const due = startedAt + (n / changes) * seconds * 1000;
    await delay(Math.max(0, due - performance.now()));
  }
}

async function until(condition: () => boolean): Promise<void> {
  const deadline = performance.now() + 60_000;
  while (!condition()) {
    if (performance.now() > deadline) throw new Error('It did not come to that within a minute');
    await delay(50);
  }
}
