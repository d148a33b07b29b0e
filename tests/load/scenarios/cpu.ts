import { type Bar, count, decimal, median, percent } from '../report.ts';
import type { DriveResult } from '../stage.ts';
import { type TargetName, TITLES } from '../targets/target.ts';
import type { Scenario } from './scenario.ts';

const CLIENTS = 1000;
const RATE = 100;
const MAX_RATIO = 0.9;

/** What a delivery costs while nothing is in a hurry: no help from large batches. */
export const cpu: Scenario = {
  name: 'cpu',
  summary: `CPU per delivery at ${RATE} facts/s to ${count(CLIENTS)} clients`,
  async run({ quick, withStages, log }) {
    const results = new Map<TargetName, DriveResult[]>();
    await withStages(['hermes', 'nchan', 'better-sse', 'per-client'], async (stages) => {
      for (const stage of stages) {
        await stage.open(CLIENTS);
        await stage.drive({ rate: RATE, seconds: quick ? 0.5 : 2, settleMs: 10_000 });
      }
      for (let round = 0; round < (quick ? 1 : 3); round++) {
        for (const stage of stages) {
          await stage.open(CLIENTS);
          const result = await stage.drive({ rate: RATE, seconds: quick ? 1 : 4, settleMs: 10_000 });
          log(`${stage.target.name}: ${decimal(result.serverCpuPerDeliveryUs, 2)} µs`);
          const all = results.get(stage.target.name) ?? [];
          results.set(stage.target.name, [...all, result]);
        }
      }
    });
    const perDelivery = (name: TargetName, redis: boolean) =>
      median(
        (results.get(name) ?? []).map(
          (result) =>
            result.serverCpuPerDeliveryUs * (redis ? 1 + result.redisCpu / Math.max(result.serverCpu, 0.001) : 1),
        ),
      );
    const ratio = perDelivery('hermes', false) / perDelivery('nchan', false);
    const of = (all: DriveResult[], value: (result: DriveResult) => number) => median(all.map(value));
    const bars: Bar[] = results.has('nchan')
      ? [
          {
            measure: `server CPU per delivery at ${RATE} facts/s against Nchan`,
            bar: `≤ ${MAX_RATIO}x`,
            measured: `${decimal(ratio, 2)}x`,
            met: ratio <= MAX_RATIO,
          },
        ]
      : [];
    return {
      tables: [
        {
          title: `CPU at ${RATE} facts/s to ${count(CLIENTS)} clients (${count(RATE * CLIENTS)} deliveries/s wanted)`,
          columns: [
            'server',
            'server µs/delivery',
            'with Redis',
            'deliveries/s',
            'p50 ms',
            'p99 ms',
            'server CPU',
            'Redis CPU',
            'load core busy',
            'Hermes is',
          ],
          rows: [...results].map(([name, all]) => [
            TITLES[name],
            decimal(perDelivery(name, false), 2),
            decimal(perDelivery(name, true), 2),
            count(of(all, (result) => result.deliveriesPerSecond)),
            decimal(of(all, (result) => result.p50Ms)),
            decimal(of(all, (result) => result.p99Ms)),
            percent(of(all, (result) => result.serverCpu)),
            percent(of(all, (result) => result.redisCpu)),
            percent(of(all, (result) => result.loadCoreBusy)),
            name === 'hermes' ? '–' : `${decimal(perDelivery('hermes', false) / perDelivery(name, false), 2)}x`,
          ]),
          notes: [
            'Medians of the runs, servers taking turns. User and system time of the server’s processes; the kernel’s work for ' +
              'the loopback’s receiving end is in it, for all alike. A server near 100 % is saturated: it saves by batching late.',
          ],
        },
      ],
      bars,
    };
  },
};
