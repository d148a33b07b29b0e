import { cpuSeconds } from '../process/process-usage.ts';
import { type Bar, count, decimal, median } from '../report.ts';
import { type TargetName, TITLES } from '../targets/target.ts';
import type { Scenario } from './scenario.ts';

const MIN_PER_SECOND = 2500;
const DOWNLOADS = 10;

/** How quickly streams are opened. */
export const accepts: Scenario = {
  name: 'accepts',
  summary: 'streams opened a second; for Hermes with auth and a snapshot',
  async run({ quick, withStages, log }) {
    const clients = quick ? 500 : 4000;
    const rates = new Map<TargetName, { rate: number; cpuUs: number }[]>();
    await withStages(['hermes', 'nchan', 'better-sse'], async (stages) => {
      for (const stage of stages) await stage.publisher.call('prepare', DOWNLOADS);
      for (let round = 0; round < (quick ? 2 : 3); round++) {
        for (const stage of stages) {
          const { name, pid } = stage.target;
          const before = cpuSeconds(pid);
          const { seconds } = await stage.open(clients);
          const cpuUs = ((cpuSeconds(pid) - before) / clients) * 1e6;
          log(`${name}: ${count(clients / seconds)}/s`);
          rates.set(name, [...(rates.get(name) ?? []), { rate: clients / seconds, cpuUs }]);
          await stage.closeClients();
        }
      }
    });
    const hermes = median((rates.get('hermes') ?? []).map(({ rate }) => rate));
    const bars: Bar[] = [
      {
        measure: 'streams opened a second, with auth and snapshot',
        bar: `≥ ${count(MIN_PER_SECOND)}/s`,
        measured: `${count(hermes)}/s`,
        met: hermes >= MIN_PER_SECOND,
      },
    ];
    return {
      tables: [
        {
          title: `${count(clients)} streams opened, 100 at a time`,
          columns: ['server', 'opened/s', 'runs', 'server CPU µs each', 'until a stream counts as open'],
          rows: [...rates].map(([name, runs]) => [
            TITLES[name],
            count(median(runs.map(({ rate }) => rate))),
            runs.map(({ rate }) => count(rate)).join(' · '),
            decimal(median(runs.map(({ cpuUs }) => cpuUs)), 0),
            name === 'hermes'
              ? `key checked, snapshot of ${DOWNLOADS} downloads received`
              : 'head of the response received',
          ]),
        },
      ],
      bars,
    };
  },
};
