import { type Bar, count, decimal, percent } from '../report.ts';
import type { DriveResult, Stage } from '../stage.ts';
import { type TargetName, TITLES } from '../targets/target.ts';
import type { Scenario } from './scenario.ts';

const CLIENTS = 1000;
const MAX_P99_MS = 500;
/** Events a second to begin at: far below what each is known to hold. */
const FIRST_RATE: Record<TargetName, number> = { hermes: 800, nchan: 50, 'better-sse': 30, 'per-client': 15 };
const BARS: [TargetName, number][] = [
  ['nchan', 8],
  ['per-client', 15],
  ['better-sse', 12],
];

/** How much one server delivers before it falls behind. */
export const capacity: Scenario = {
  name: 'capacity',
  summary: `the most deliveries a second to ${count(CLIENTS)} clients with p99 < ${MAX_P99_MS} ms and no loss`,
  async run({ quick, withStages, log }) {
    const held = new Map<TargetName, DriveResult>();
    await withStages(['hermes', 'nchan', 'better-sse', 'per-client'], async (stages) => {
      for (const stage of stages) {
        const best = await findCapacity(stage, quick, log);
        if (best !== null) held.set(stage.target.name, best);
      }
    });
    const hermes = held.get('hermes')?.deliveriesPerSecond ?? 0;
    return {
      tables: [
        {
          title: `Capacity, ${count(CLIENTS)} clients`,
          columns: [
            'server',
            'deliveries/s',
            'events/s',
            'p50 ms',
            'p99 ms',
            'frame B',
            'server CPU',
            'Redis CPU',
            'load CPU',
            'load core busy',
            'load loop p99 ms',
            'Hermes is',
          ],
          rows: [...held].map(([name, result]) => [
            TITLES[name],
            count(result.deliveriesPerSecond),
            count(result.publishedRate),
            decimal(result.p50Ms),
            decimal(result.p99Ms),
            String(result.frameBytes),
            percent(result.serverCpu),
            percent(result.redisCpu),
            percent(result.cpuShare),
            percent(result.loadCoreBusy),
            decimal(result.loopLagP99Ms),
            name === 'hermes' ? '–' : `${decimal(hermes / result.deliveriesPerSecond)}x`,
          ]),
          notes: [
            'Ramped until p99 or completeness fails; the row is the highest rate that was then held for 5 s.',
            'Where the load core is near 100 % busy, the load is the limit: that server can do at least this.',
          ],
        },
      ],
      bars: BARS.flatMap(([name, bar]): Bar[] => {
        const peer = held.get(name)?.deliveriesPerSecond;
        if (peer === undefined) return [];
        const ratio = hermes / peer;
        return [
          {
            measure: `capacity against ${TITLES[name]}`,
            bar: `≥ ${bar}x`,
            measured: `${decimal(ratio)}x`,
            met: ratio >= bar,
          },
        ];
      }),
    };
  },
};

async function findCapacity(stage: Stage, quick: boolean, log: (text: string) => void): Promise<DriveResult | null> {
  const stepSeconds = quick ? 0.5 : 2;
  const holdSeconds = quick ? 1 : 5;
  const factor = quick ? 3 : 1.5;
  const { name } = stage.target;
  const attempt = async (rate: number, seconds: number): Promise<DriveResult | null> => {
    await stage.open(CLIENTS);
    const result = await stage.drive({ rate, seconds, settleMs: 5000 });
    const ok = result.complete && result.p99Ms < MAX_P99_MS && result.publishedRate > rate * 0.95;
    log(
      `${name}: ${count(rate)}/s → ${count(result.deliveriesPerSecond)} deliveries/s, p99 ${decimal(result.p99Ms)} ms, published ${count(result.publishedRate)}/s, ` +
        `missing ${result.missing}, behind ${result.behind}, open ${result.open}, load core ${percent(result.loadCoreBusy)} ${ok ? 'held' : 'not held'}`,
    );
    // What is still on its way must not come during the next step.
    if (!ok) await stage.closeClients();
    return ok ? result : null;
  };
  let good = 0;
  let best: DriveResult | null = null;
  let rate = FIRST_RATE[name];
  for (let step = 0; step < 10; step++, rate *= factor) {
    const result = await attempt(rate, stepSeconds);
    if (result === null) break;
    good = rate;
    best = result;
  }
  if (good === 0) return null;
  if (quick) return best;
  // Between what was held and what was not: from high to low, the first that holds for long.
  for (const share of [1.25, 1, 0.85, 0.7]) {
    const result = await attempt(good * share, holdSeconds);
    if (result !== null) return result;
  }
  return null;
}
