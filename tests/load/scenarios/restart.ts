import { setTimeout as delay } from 'node:timers/promises';
import { connectRedis } from '@hermes/runtime';
import { microseconds } from '../process/clock.ts';
import { type Bar, count, decimal } from '../report.ts';
import type { Stage } from '../stage.ts';
import type { Scenario } from './scenario.ts';

const CLIENTS = 1000;
const MISSED = 50;
const MAX_SECONDS = 2;
const MAX_COMMANDS = 10;
/** Events a second while it is killed under load. */
const LOAD_RATE = 100;

interface Return {
  title: string;
  /** From when the gateway listens until everyone holds every fact; under load: from the last fact on. */
  seconds: number;
  facts: number;
  expected: number;
  flaws: { missing: number; repeated: number; disordered: number };
  /** What Redis was asked, by command; null if others were asking at the same time. */
  asked: Map<string, number> | null;
}

/** kill -9, and everyone comes back at once, from where they were. */
export const restart: Scenario = {
  name: 'restart',
  summary: `${count(CLIENTS)} clients back after the gateway was killed and started again`,
  async run({ quick, withStages, log }) {
    const returns: Return[] = [];
    await withStages(['hermes'], async ([stage]) => {
      if (stage === undefined) return;
      await stage.fleet.call('open', {
        address: stage.target.stream,
        count: CLIENTS,
        sampled: CLIENTS,
        concurrency: 100,
        reconnects: true,
        timeoutMs: 30_000,
      });
      for (let round = 1; round <= (quick ? 1 : 3); round++) {
        for (const each of [killIdle, killUnderLoad]) {
          const result = await each(stage);
          log(`${result.title}: back in ${decimal(result.seconds, 2)} s, ${flawsOf(result)}`);
          returns.push(result);
        }
      }
    });
    const seconds = Math.max(...returns.map((each) => each.seconds));
    const commands = Math.max(...returns.map(({ asked }) => (asked === null ? 0 : sum(asked))));
    const isLossless = returns.every(
      ({ facts, expected, flaws }) => facts === expected && flaws.missing + flaws.repeated + flaws.disordered === 0,
    );
    const bars: Bar[] = [
      {
        measure: `${count(CLIENTS)} clients back after kill -9, worst run`,
        bar: `all in < ${MAX_SECONDS} s, nothing lost`,
        measured: `${decimal(seconds, 2)} s, ${isLossless ? 'nothing lost' : 'not complete'}`,
        met: seconds < MAX_SECONDS && isLossless,
      },
      {
        measure: 'the same, how often Redis is asked',
        bar: `< ${MAX_COMMANDS}`,
        measured: count(commands),
        met: commands < MAX_COMMANDS,
      },
    ];
    return {
      tables: [
        {
          title: `${count(CLIENTS)} clients after kill -9 and a restart`,
          columns: ['killed', 'complete after s', 'facts received', 'flaws', 'Redis asked', 'what'],
          rows: returns.map((each) => [
            each.title,
            decimal(each.seconds, 2),
            `${count(each.facts)} of ${count(each.expected)}`,
            flawsOf(each),
            each.asked === null ? '' : count(sum(each.asked)),
            each.asked === null ? '' : [...each.asked].map(([command, calls]) => `${command} ${calls}`).join(', '),
          ]),
          notes: [
            'Seconds from when the gateway listens (under load: from the last fact) until everyone holds every fact. Clients try ' +
              'again after 50–250 ms. What the start of the gateway itself asks of Redis is counted.',
          ],
        },
      ],
      bars,
    };
  },
};

/** Facts are missed, but nothing is published while the clients come back: what is asked of Redis is for them alone. */
async function killIdle({ target, fleet, publisher }: Stage): Promise<Return> {
  const publish = () => publisher.call('publish', { rate: 500, seconds: MISSED / 500, downloads: 0 });
  const first = await publish();
  await fleet.call('settle', { lastN: first.lastN, events: 0, timeoutMs: 10_000 });
  await fleet.call('mark', null);
  const watch = await watchCommands(target.source.kind === 'log' ? target.source.redisUrl : '');
  try {
    let lastN = 0;
    await target.restart(async () => {
      ({ lastN } = await publish());
      watch.clear();
    });
    const listeningAt = microseconds();
    const { at } = await fleet.call('settle', { lastN, events: 0, timeoutMs: 20_000 });
    const asked = watch.counts();
    const { events, missing, repeated, disordered } = await fleet.call('read', null);
    return {
      title: 'while quiet',
      seconds: (at - listeningAt) / 1e6,
      facts: events,
      expected: CLIENTS * MISSED,
      flaws: { missing, repeated, disordered },
      asked,
    };
  } finally {
    watch.stop();
  }
}

async function killUnderLoad({ target, fleet, publisher }: Stage): Promise<Return> {
  await fleet.call('mark', null);
  const publishing = publisher.call('publish', { rate: LOAD_RATE, seconds: 3, downloads: 0 });
  await delay(500);
  await target.restart(async () => {});
  const { lastN, sent } = await publishing;
  const publishedAt = microseconds();
  const { at } = await fleet.call('settle', { lastN, events: 0, timeoutMs: 20_000 });
  const { events, missing, repeated, disordered } = await fleet.call('read', null);
  return {
    title: `at ${LOAD_RATE} facts/s`,
    seconds: (at - publishedAt) / 1e6,
    facts: events,
    expected: CLIENTS * sent,
    flaws: { missing, repeated, disordered },
    asked: null,
  };
}

/** What sets a connection up, and what waits: neither asks for data. */
const NOT_COUNTED = new Set(['info', 'hello', 'client', 'ping', 'command', 'monitor']);

/** Listens to what clients ask of Redis; what a script does within is part of one question. */
async function watchCommands(
  redisUrl: string,
): Promise<{ counts(): Map<string, number>; clear(): void; stop(): void }> {
  const redis = await connectRedis(redisUrl, 'patient');
  const monitor = await redis.monitor();
  const counts = new Map<string, number>();
  monitor.on('monitor', (_time: string, [command = '']: string[], source: string) => {
    const name = command.toLowerCase();
    if (source !== 'lua' && !NOT_COUNTED.has(name)) counts.set(name, (counts.get(name) ?? 0) + 1);
  });
  return {
    counts: () => new Map(counts),
    clear: () => counts.clear(),
    stop: () => {
      monitor.disconnect();
      redis.disconnect();
    },
  };
}

function sum(counts: Map<string, number>): number {
  return [...counts.values()].reduce((total, calls) => total + calls, 0);
}

function flawsOf({ flaws: { missing, repeated, disordered } }: Return): string {
  return `${missing} missing, ${repeated} repeated, ${disordered} out of order`;
}
