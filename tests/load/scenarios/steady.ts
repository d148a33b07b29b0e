import { count, decimal, percent } from '../report.ts';
import { TITLES } from '../targets/target.ts';
import type { Scenario } from './scenario.ts';

const CLIENTS = 1000;
const RATE = 1000;
const MAX_P99_MS = 50;

/** A million deliveries a second. */
export const steady: Scenario = {
  name: 'steady',
  summary: `p99 at ${count(RATE)} facts/s to ${count(CLIENTS)} clients`,
  async run({ quick, withStages, log }) {
    const rows: string[][] = [];
    let p99 = Number.POSITIVE_INFINITY;
    let complete = true;
    await withStages(['hermes'], async ([stage]) => {
      if (stage === undefined) return;
      await stage.open(CLIENTS);
      await stage.drive({ rate: RATE, seconds: quick ? 1 : 3 });
      const measured: number[] = [];
      for (let round = 1; round <= (quick ? 1 : 3); round++) {
        await stage.open(CLIENTS);
        const result = await stage.drive({ rate: RATE, seconds: quick ? 2 : 10, settleMs: 5000 });
        log(`hermes: p99 ${decimal(result.p99Ms)} ms, ${count(result.deliveriesPerSecond)} deliveries/s`);
        measured.push(result.p99Ms);
        complete &&= result.complete;
        rows.push([
          `${TITLES[stage.target.name]}, run ${round}`,
          count(result.deliveriesPerSecond),
          count(result.publishedRate),
          decimal(result.p50Ms),
          decimal(result.p99Ms),
          decimal(result.maxMs),
          `${result.missing + result.repeated + result.disordered + result.behind}`,
          percent(result.serverCpu),
          percent(result.redisCpu),
          percent(result.cpuShare),
          percent(result.loadCoreBusy),
          decimal(result.loopLagP99Ms),
        ]);
      }
      p99 = Math.max(...measured);
    });
    return {
      tables: [
        {
          title: `${count(RATE)} facts/s to ${count(CLIENTS)} clients`,
          columns: [
            'server',
            'deliveries/s',
            'events/s',
            'p50 ms',
            'p99 ms',
            'max ms',
            'flaws',
            'server CPU',
            'Redis CPU',
            'load CPU',
            'load core busy',
            'load loop p99 ms',
          ],
          rows,
          notes: [
            'Flaws: facts that are missing, repeated or out of order in the sample, and clients that lack bytes.',
          ],
        },
      ],
      bars: [
        {
          measure: `p99 at ${count(RATE)} facts/s to ${count(CLIENTS)} clients, worst run`,
          bar: `< ${MAX_P99_MS} ms, no loss`,
          measured: `${decimal(p99)} ms, ${complete ? 'no loss' : 'not complete'}`,
          met: p99 < MAX_P99_MS && complete,
        },
      ],
    };
  },
};
