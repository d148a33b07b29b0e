import { downloadName } from '../process/measured-event.ts';
import { type Bar, count, decimal, median, percent } from '../report.ts';
import type { DriveResult } from '../stage.ts';
import { type TargetName, TITLES } from '../targets/target.ts';
import type { Scenario } from './scenario.ts';

const EVENTS_PER_SECOND = 2;
const MAX_P99_MS = 25;
const MAX_RATIO = 1.1;

/** Everyone looks at a download of their own: nothing can be shared. */
export const downloads: Scenario = {
  name: 'downloads',
  summary: `5,000 downloads at ${EVENTS_PER_SECOND} events/s, one client each (1,000 with --quick)`,
  async run({ quick, withStages, log }) {
    const total = quick ? 1000 : 5000;
    const rate = total * EVENTS_PER_SECOND;
    const results = new Map<TargetName, DriveResult[]>();
    await withStages(['hermes', 'nchan'], async (stages) => {
      for (const { target, fleet, publisher } of stages) {
        await publisher.call('prepare', total);
        const { live, refusal } = await fleet.call('open', {
          address: target.stream,
          addresses: Array.from({ length: total }, (_, index) => target.downloadStream(downloadName(index))),
          count: total,
          sampled: total,
          concurrency: 100,
          timeoutMs: 60_000,
        });
        if (live < total) throw new Error(`${target.name}: ${live} of ${total} clients are live: ${refusal}`);
      }
      for (let round = 0; round < (quick ? 1 : 3); round++) {
        for (const stage of stages) {
          const result = await stage.drive({ rate, seconds: quick ? 1 : 5, downloads: total });
          log(
            `${stage.target.name}: ${count(result.publishedRate)} events/s, ${count(result.events)} of ${count(result.sent)} came, ` +
              `p99 ${decimal(result.p99Ms)} ms`,
          );
          results.set(stage.target.name, [...(results.get(stage.target.name) ?? []), result]);
        }
      }
    });
    const of = (name: TargetName, value: (result: DriveResult) => number) =>
      median((results.get(name) ?? []).map(value));
    const p99 = of('hermes', (result) => result.p99Ms);
    const published = of('hermes', (result) => result.publishedRate);
    const complete = (results.get('hermes') ?? []).every((result) => result.complete) && published > rate * 0.97;
    const ratio =
      of('hermes', (result) => result.serverCpuPerDeliveryUs) / of('nchan', (result) => result.serverCpuPerDeliveryUs);
    const bars: Bar[] = [
      {
        measure: `${count(total)} downloads at ${EVENTS_PER_SECOND} events/s, one client each`,
        bar: `full rate, p99 < ${MAX_P99_MS} ms`,
        measured: `${count(published)} of ${count(rate)} events/s${complete ? '' : ', not complete'}, p99 ${decimal(p99)} ms`,
        met: complete && p99 < MAX_P99_MS,
      },
    ];
    if (results.has('nchan')) {
      bars.push({
        measure: 'the same, server CPU against Nchan',
        bar: `≤ ${MAX_RATIO}x`,
        measured: `${decimal(ratio, 2)}x`,
        met: ratio <= MAX_RATIO,
      });
    }
    return {
      tables: [
        {
          title: `${count(total)} downloads at ${EVENTS_PER_SECOND} events/s, one client each`,
          columns: [
            'server',
            'events/s',
            'p50 ms',
            'p99 ms',
            'server µs/delivery',
            'server CPU',
            'Redis CPU',
            'publisher CPU',
            'load CPU',
            'load core busy',
            'load loop p99 ms',
          ],
          rows: [...results.keys()].map((name) => [
            TITLES[name],
            count(of(name, (result) => result.publishedRate)),
            decimal(of(name, (result) => result.p50Ms)),
            decimal(of(name, (result) => result.p99Ms)),
            decimal(
              of(name, (result) => result.serverCpuPerDeliveryUs),
              2,
            ),
            percent(of(name, (result) => result.serverCpu)),
            percent(of(name, (result) => result.redisCpu)),
            percent(of(name, (result) => result.publisherCpu)),
            percent(of(name, (result) => result.cpuShare)),
            percent(of(name, (result) => result.loadCoreBusy)),
            decimal(of(name, (result) => result.loopLagP99Ms)),
          ]),
          notes: [
            'Progress through the log (fenced, kept as latest state) for Hermes; a POST for each event for Nchan. Medians.',
          ],
        },
      ],
      bars,
    };
  },
};
