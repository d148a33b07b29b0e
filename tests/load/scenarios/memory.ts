import { setTimeout as delay } from 'node:timers/promises';
import { residentBytes } from '../process/process-usage.ts';
import { type Bar, count, decimal } from '../report.ts';
import { TITLES } from '../targets/target.ts';
import type { Scenario } from './scenario.ts';

const MAX_IDLE_KIB = 16;
const MAX_AFTER_KIB = 20;
const RATE = 20;

/** What a connection costs that does nothing, and what remains of traffic. */
export const memory: Scenario = {
  name: 'memory',
  summary: 'resident memory of 10,000 connections, idle and after traffic (1,000 with --quick)',
  async run({ quick, withStages, log }) {
    const clients = quick ? 1000 : 10_000;
    const rows: string[][] = [];
    let hermes = { idle: Number.POSITIVE_INFINITY, after: Number.POSITIVE_INFINITY };
    // One after the other: two of them at once would be 40,000 sockets.
    for (const name of ['hermes', 'nchan', 'better-sse'] as const) {
      await withStages([name], async ([stage]) => {
        if (stage === undefined) return;
        await delay(1000);
        const before = residentBytes(stage.target.pid);
        const { seconds } = await stage.open(clients);
        await delay(quick ? 500 : 3000);
        const perConnection = () => (residentBytes(stage.target.pid) - before) / clients / 1024;
        const idle = perConnection();
        const result = await stage.drive({ rate: RATE, seconds: quick ? 1 : 5, settleMs: 20_000 });
        await delay(quick ? 500 : 3000);
        const after = perConnection();
        log(`${name}: ${decimal(idle)} KiB idle, ${decimal(after)} KiB after traffic`);
        if (name === 'hermes') hermes = { idle, after };
        rows.push([
          TITLES[name],
          count(clients),
          decimal(before / 2 ** 20),
          decimal(idle),
          decimal(after),
          count(clients / seconds),
          count(result.deliveriesPerSecond),
          decimal(result.p99Ms),
        ]);
      });
    }
    const size = count(clients);
    const bars: Bar[] = [
      {
        measure: `memory of a connection of ${size}, idle`,
        bar: `≤ ${MAX_IDLE_KIB} KiB`,
        measured: `${decimal(hermes.idle)} KiB`,
        met: hermes.idle <= MAX_IDLE_KIB,
      },
      {
        measure: `memory of a connection of ${size}, after traffic`,
        bar: `≤ ${MAX_AFTER_KIB} KiB`,
        measured: `${decimal(hermes.after)} KiB`,
        met: hermes.after <= MAX_AFTER_KIB,
      },
    ];
    return {
      tables: [
        {
          title: `Resident memory, ${size} connections`,
          columns: [
            'server',
            'connections',
            'before, MiB',
            'idle, KiB each',
            'after traffic, KiB each',
            'opened/s',
            'deliveries/s',
            'p99 ms',
          ],
          rows,
          notes: [
            `Traffic: ${RATE} facts/s for ${quick ? 1 : 5} s to all. Memory of the server’s processes, the kernel’s not counted.`,
          ],
        },
      ],
      bars,
    };
  },
};
