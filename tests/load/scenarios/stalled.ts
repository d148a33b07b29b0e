import { kernelSocketBytes, residentBytes } from '../process/process-usage.ts';
import { type Bar, count, decimal, percent } from '../report.ts';
import type { DriveResult, Stage } from '../stage.ts';
import type { Scenario } from './scenario.ts';

const CLIENTS = 1000;
const STALLED = 50;
/** Enough to fill within the run what the kernel holds for a socket before anyone notices: about 4 MB. */
const RATE = 700;
const MAX_RATIO = 1.5;
const SLOW_TIMEOUT_SECONDS = 5;

/** Clients that never read, among those that do. */
export const stalled: Scenario = {
  name: 'stalled',
  summary: `p99 of ${count(CLIENTS)} clients without and with ${STALLED} more that never read`,
  async run({ quick, withStages, log }) {
    const rows: string[][] = [];
    const p99: number[] = [];
    let left = 0;
    let grownMib = 0;
    await withStages(
      ['hermes'],
      async ([stage]) => {
        if (stage === undefined) return;
        await stage.open(CLIENTS);
        await stage.drive({ rate: RATE, seconds: quick ? 0.5 : 2 });
        const before = residentBytes(stage.target.pid);
        for (const [title, more, seconds] of [
          ['without', 0, quick ? 2 : 10],
          [`with ${STALLED}`, STALLED, quick ? 2 : 30],
        ] as const) {
          await stage.open(CLIENTS);
          if (more > 0) await stage.fleet.call('stall', { address: stage.target.stream, count: more });
          const { result, resident, kernel } = await watched(stage, { rate: RATE, seconds });
          left = await openStreams(stage);
          p99.push(result.p99Ms);
          grownMib = (Math.max(...resident) - before) / 2 ** 20;
          log(`${title}: p99 ${decimal(result.p99Ms)} ms, ${left} streams open at the end`);
          rows.push([
            title,
            count(result.deliveriesPerSecond),
            decimal(result.p50Ms),
            decimal(result.p99Ms),
            decimal(result.maxMs),
            result.complete ? 'yes' : 'no',
            decimal(Math.max(...resident) / 2 ** 20, 0),
            decimal(Math.max(...kernel) / 2 ** 20, 0),
            count(left),
            percent(result.serverCpu),
            percent(result.loadCoreBusy),
          ]);
        }
      },
      { env: { HERMES_SSE_SLOW_TIMEOUT: String(SLOW_TIMEOUT_SECONDS) } },
    );
    const [without = 0, having = 0] = p99;
    const ratio = having / without;
    const bars: Bar[] = [
      {
        measure: `p99 of the others beside ${STALLED} of ${count(CLIENTS + STALLED)} that never read`,
        bar: `≤ ${MAX_RATIO}x`,
        measured: `${decimal(ratio, 2)}x (${decimal(without)} → ${decimal(having)} ms)`,
        met: ratio <= MAX_RATIO,
      },
    ];
    // A short run does not fill what the kernel holds for a socket: nobody is found out yet.
    if (!quick) {
      bars.push({
        measure: 'the same, those that never read are ended and memory is bounded',
        bar: `${count(CLIENTS)} streams left; the process grew by less than ${STALLED} times 2 MiB`,
        measured: `${count(left)} left, grew by ${decimal(grownMib, 0)} MiB`,
        met: left === CLIENTS && grownMib < STALLED * 2,
      });
    }
    return {
      tables: [
        {
          title: `${count(RATE)} facts/s to ${count(CLIENTS)} clients, without and with ${STALLED} more that never read`,
          columns: [
            'never read',
            'deliveries/s',
            'p50 ms',
            'p99 ms',
            'max ms',
            'complete',
            'most resident, MiB',
            'most in the kernel’s sockets, MiB',
            'streams left',
            'server CPU',
            'load core busy',
          ],
          rows,
          notes: [
            `HERMES_SSE_SLOW_TIMEOUT=${SLOW_TIMEOUT_SECONDS}, to see the end within the run; HERMES_SSE_MAX_BUFFER is the default.`,
            'The kernel’s memory is that of all TCP sockets of the machine.',
          ],
        },
      ],
      bars,
    };
  },
};

async function watched(
  stage: Stage,
  drive: { rate: number; seconds: number },
): Promise<{ result: DriveResult; resident: number[]; kernel: number[] }> {
  const resident: number[] = [];
  const kernel: number[] = [];
  const look = () => {
    resident.push(residentBytes(stage.target.pid));
    kernel.push(kernelSocketBytes());
  };
  look();
  const timer = setInterval(look, 100);
  try {
    return { result: await stage.drive(drive), resident, kernel };
  } finally {
    clearInterval(timer);
  }
}

async function openStreams({ target }: Stage): Promise<number> {
  const response = await fetch(`http://127.0.0.1:${target.stream.port}/api/v1/events/health`);
  const { active_connections } = (await response.json()) as { active_connections: number };
  return active_connections;
}
