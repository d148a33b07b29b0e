import { readdirSync } from 'node:fs';
import { setTimeout as delay } from 'node:timers/promises';
import { connectRedis } from '@hermes/runtime';
import type { Redis } from 'ioredis';
import { DEFAULT_WINDOW } from '../../../packages/gateway/src/hub/recent-window.ts';
import { ComingAndGoing } from '../clients/coming-and-going.ts';
import { residentBytes } from '../process/process-usage.ts';
import { type Bar, count, decimal, median } from '../report.ts';
import type { Stage } from '../stage.ts';
import type { Target } from '../targets/target.ts';
import type { Scenario } from './scenario.ts';

const CLIENTS = 300;
const COMING_PER_SECOND = 30;
const RATE = 50;
const DOWNLOADS = 100;
/** Events that the gateway keeps in memory. */
const WINDOW_FRAMES = DEFAULT_WINDOW.frames;
const MIB = 2 ** 20;
const MAX_GROWTH = 0.05;

/** What the process holds at one moment. */
export interface Holdings {
  second: number;
  resident: number;
  heap: number;
  external: number;
  files: number;
  /** Timers, sockets and whatever else keeps Node awake. */
  resources: number;
  redisClients: number;
  subscriptions: number;
  streams: number;
}

/** Ten minutes of clients that come and go, and of Redis going away and coming back. */
export const soak: Scenario = {
  name: 'soak',
  isExtra: true,
  summary: `ten minutes of ${COMING_PER_SECOND} clients a second that come and go: what stays behind`,
  async run({ quick, withStages, log }) {
    const holdings: Holdings[] = [];
    let before: Holdings | null = null;
    let after: Holdings | null = null;
    let opened = 0;
    const seconds = quick ? 12 : 600;
    const every = quick ? 2 : 15;
    await withStages(
      ['hermes'],
      async ([stage]) => {
        if (stage === undefined) return;
        const { target } = stage;
        const redis = await connectRedis(target.source.kind === 'log' ? target.source.redisUrl : '', 'commands');
        try {
          await stage.publisher.call('prepare', DOWNLOADS);
          // The window of recent events is full before it begins: that it fills is not what is looked for.
          if (!quick)
            await stage.publisher.call('publish', { rate: 2000, seconds: WINDOW_FRAMES / 2000 + 1, downloads: 0 });
          await delay(1000);
          before = await look(target, redis, 0);
          await stage.open(CLIENTS);
          const coming = new ComingAndGoing(target.stream, COMING_PER_SECOND);
          const startedAt = performance.now();
          const publishing = publishAll(stage, seconds);
          for (let second = every; second <= seconds; second += every) {
            await delay(Math.max(0, startedAt + second * 1000 - performance.now()));
            const now = await look(target, redis, second);
            holdings.push(now);
            log(
              `${second} s: ${decimal(now.resident / MIB)} MiB resident, ${decimal(now.heap / MIB)} MiB heap, ${now.streams} streams, ${now.files} files`,
            );
          }
          await publishing;
          opened = coming.opened;
          if (coming.refused > 0) log(`${coming.refused} of ${opened} were refused: ${coming.refusal}`);
          await coming.close();
          await stage.closeClients();
          // The slow ones have a limit of their own, and timers end when they would have fired.
          await delay(quick ? 4000 : 40_000);
          after = await look(target, redis, seconds);
        } finally {
          redis.disconnect();
        }
      },
      { env: { HERMES_SSE_SLOW_TIMEOUT: '5', HERMES_SSE_HEARTBEAT_INTERVAL: '2' } },
    );
    if (before === null || after === null) return { tables: [], bars: [] };
    return report(before, holdings, after, { opened, seconds });
  },
};

/** Facts for all, and progress, half each: so long as there are clients. */
async function publishAll({ publisher }: Stage, seconds: number): Promise<void> {
  for (let second = 0; second < seconds; second += 2) {
    await publisher.call('publish', { rate: RATE, seconds: 1, downloads: 0 });
    await publisher.call('publish', { rate: RATE, seconds: 1, downloads: DOWNLOADS });
  }
}

async function look(target: Target, redis: Redis, second: number): Promise<Holdings> {
  const text = await (await fetch(`http://127.0.0.1:${target.stream.port}/metrics`)).text();
  const metric = (name: string) =>
    text
      .split('\n')
      .filter((line) => line.startsWith(`${name} `) || line.startsWith(`${name}{`))
      .reduce((sum, line) => sum + Number(line.slice(line.lastIndexOf(' '))), 0);
  const clients = String(await redis.client('LIST'))
    .trim()
    .split('\n');
  return {
    second,
    resident: residentBytes(target.pid),
    heap: metric('nodejs_heap_size_used_bytes'),
    external: metric('nodejs_external_memory_bytes'),
    files: readdirSync(`/proc/${target.pid}/fd`).length,
    resources: metric('nodejs_active_resources_total'),
    redisClients: clients.length,
    subscriptions: clients.reduce((sum, line) => sum + Number(/ sub=(\d+)/.exec(line)?.[1] ?? 0), 0),
    streams: metric('hermes_gateway_connections'),
  };
}

function report(
  before: Holdings,
  holdings: readonly Holdings[],
  after: Holdings,
  { opened, seconds }: { opened: number; seconds: number },
) {
  // The first fifth warms up: code is compiled, windows fill.
  const fifth = Math.max(1, Math.floor(holdings.length / 5));
  const early = holdings.slice(fifth, fifth * 2);
  const late = holdings.slice(-fifth);
  const growth = (value: (each: Holdings) => number) => median(late.map(value)) / median(early.map(value)) - 1;
  const resident = growth((each) => each.resident);
  const left = {
    files: after.files - before.files,
    resources: after.resources - before.resources,
    redisClients: after.redisClients - before.redisClients,
    subscriptions: after.subscriptions - before.subscriptions,
    streams: after.streams,
  };
  const isClean = Object.values(left).every((each) => each <= 0);
  const bars: Bar[] = [
    {
      measure: `soak: resident memory over ${seconds} s`,
      bar: `flat: grows by ≤ ${MAX_GROWTH * 100} %`,
      measured: `${decimal(resident * 100)} % from the second fifth to the last`,
      met: resident <= MAX_GROWTH,
    },
    {
      measure: 'the same, what is left behind once all are gone',
      bar: 'no file, timer, listener, subscription or stream',
      measured: Object.entries(left)
        .map(([name, each]) => `${name} ${each > 0 ? '+' : ''}${each}`)
        .join(', '),
      met: isClean,
    },
  ];
  const row = (title: string, each: Holdings) => [
    title,
    decimal(each.resident / MIB),
    decimal(each.heap / MIB),
    decimal(each.external / MIB),
    count(each.streams),
    count(each.files),
    count(each.resources),
    count(each.redisClients),
    count(each.subscriptions),
  ];
  const step = Math.max(1, Math.floor(holdings.length / 10));
  return {
    tables: [
      {
        title: `Soak: ${count(opened)} clients that came and went in ${seconds} s beside ${CLIENTS} that stayed`,
        columns: [
          'when',
          'resident MiB',
          'heap MiB',
          'external MiB',
          'streams',
          'files',
          'resources',
          'Redis clients',
          'subscriptions',
        ],
        rows: [
          row('before', before),
          ...holdings.filter((_, index) => (index + 1) % step === 0).map((each) => row(`${each.second} s`, each)),
          row('all gone', after),
        ],
        notes: [
          `${RATE} events/s, facts and progress of ${DOWNLOADS} downloads in turn. A third of those that come leave in good order, a third breaks off, a third stops reading.`,
          `The window of recent events (${count(WINDOW_FRAMES)}) is full before it begins; what filled it in ten seconds stays with the process.`,
          'The heap is read as it is, between two collections. Resources are what keeps Node awake: timers, sockets, pipes.',
        ],
      },
    ],
    bars,
  };
}
