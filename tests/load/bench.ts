import { resolve } from 'node:path';
import { parseArgs } from 'node:util';
import { findRedisServer } from '@hermes/runtime';
import { CACHE_DIR } from '../support/test-redis.ts';
import { describeMachine } from './machine.ts';
import { assignCores } from './process/cores.ts';
import { endLeftoversOnExit } from './process/end-leftovers.ts';
import { barsAsTable, type ScenarioReport, tableAsMarkdown } from './report.ts';
import { accepts } from './scenarios/accepts.ts';
import { bytes } from './scenarios/bytes.ts';
import { capacity } from './scenarios/capacity.ts';
import { churn } from './scenarios/churn.ts';
import { cpu } from './scenarios/cpu.ts';
import { downloadSpeed } from './scenarios/download-speed.ts';
import { downloads } from './scenarios/downloads.ts';
import { history } from './scenarios/history.ts';
import { memory } from './scenarios/memory.ts';
import { polling } from './scenarios/polling.ts';
import { proxied } from './scenarios/proxied.ts';
import { restart } from './scenarios/restart.ts';
import type { Bench, Scenario } from './scenarios/scenario.ts';
import { soak } from './scenarios/soak.ts';
import { stalled } from './scenarios/stalled.ts';
import { steady } from './scenarios/steady.ts';
import { webCpu } from './scenarios/web-cpu.ts';
import { webFreshness } from './scenarios/web-freshness.ts';
import { webLoad } from './scenarios/web-load.ts';
import { webPeers } from './scenarios/web-peers.ts';
import { webTraffic } from './scenarios/web-traffic.ts';
import { Stage } from './stage.ts';
import { startTarget } from './targets/start-target.ts';
import { writeReport } from './write-report.ts';

const SCENARIOS: readonly Scenario[] = [
  capacity,
  steady,
  cpu,
  downloads,
  memory,
  accepts,
  restart,
  stalled,
  bytes,
  downloadSpeed,
  polling,
  proxied,
  webTraffic,
  webFreshness,
  webLoad,
  webCpu,
  webPeers,
  churn,
  soak,
  history,
];

const HELP = `Usage: pnpm bench [scenario…] [--quick] [--json] [--write] [--profile DIR]

Measures the gateway beside its peers on this machine. Without a scenario: all of them but
soak, which takes ten minutes.

${SCENARIOS.map(({ name, summary }) => `  ${name.padEnd(14)} ${summary}`).join('\n')}

  --quick        a tenth of the time; the numbers are good for nothing but to see that it works
  --json         the results as JSON on standard output
  --write        puts the tables into docs/benchmarks.md
  --profile DIR  writes a CPU profile of the gateway there (slows it down a little)
`;

const { values, positionals } = parseArgs({
  allowPositionals: true,
  options: {
    help: { type: 'boolean', short: 'h', default: false },
    quick: { type: 'boolean', default: false },
    json: { type: 'boolean', default: false },
    write: { type: 'boolean', default: false },
    profile: { type: 'string' },
  },
});

endLeftoversOnExit();
/** What runs now and has to be ended, however the benchmark ends. */
const stages = new Set<Stage>();
for (const signal of ['SIGINT', 'SIGTERM'] as const) {
  process.once(signal, () => void clearStages().finally(() => process.exit(130)));
}

const unknown = positionals.filter((name) => !SCENARIOS.some((scenario) => scenario.name === name));
if (values.help || unknown.length > 0) {
  const problem = unknown.length > 0 ? `Unknown: ${unknown.join(', ')}\n\n` : '';
  process.stdout.write(problem + HELP);
  process.exitCode = unknown.length > 0 ? 2 : 0;
} else {
  await run(
    SCENARIOS.filter(({ name, isExtra }) => (positionals.length === 0 ? isExtra !== true : positionals.includes(name))),
  );
}

async function run(scenarios: readonly Scenario[]): Promise<void> {
  await findRedisServer(CACHE_DIR, log);
  const machine = await describeMachine();
  const reports: ScenarioReport[] = [];
  for (const scenario of scenarios) {
    log(`${scenario.name}: ${scenario.summary}`);
    const startedAt = performance.now();
    try {
      const { tables, bars } = await scenario.run(createBench());
      const seconds = (performance.now() - startedAt) / 1000;
      reports.push({ scenario: scenario.name, tables, bars, seconds });
      log(`${scenario.name}: ${seconds.toFixed(0)} s`);
      if (!values.json) for (const table of tables) process.stdout.write(`\n${tableAsMarkdown(table)}\n\n`);
    } catch (error) {
      process.exitCode = 1;
      log(`${scenario.name} failed: ${error instanceof Error ? error.stack : String(error)}`);
    }
  }
  if (values.json) process.stdout.write(`${JSON.stringify({ machine, quick: values.quick, reports }, null, 2)}\n`);
  else process.stdout.write(`\n${tableAsMarkdown(barsAsTable(reports))}\n`);
  if (values.write) {
    const command = ['pnpm bench', ...positionals, '--write', ...(values.quick ? ['--quick'] : [])].join(' ');
    // What runs by itself alone has a place of its own.
    const [only] = scenarios;
    const block =
      only?.isExtra === true && scenarios.length === 1 ? `pnpm bench ${only.name} --write` : 'pnpm bench --write';
    await writeReport({ block, machine, command, quick: values.quick, reports });
  }
}

function createBench(): Bench {
  const cores = assignCores();
  return {
    quick: values.quick,
    log,
    withStages: async (names, body, options = {}) => {
      const nodeOptions =
        values.profile === undefined ? [] : ['--cpu-prof', `--cpu-prof-dir=${resolve(values.profile)}`];
      try {
        for (const name of names) {
          const target = await startTarget(name, cores, { ...options, nodeOptions });
          if (target === null) log(`${name} is not here and is left out`);
          else stages.add(await Stage.set(target, cores));
        }
        await body([...stages]);
      } finally {
        await clearStages();
      }
    },
  };
}

async function clearStages(): Promise<void> {
  for (const stage of stages) {
    stages.delete(stage);
    await stage.clear();
  }
}

function log(text: string): void {
  process.stderr.write(`${new Date().toISOString().slice(11, 19)} ${text}\n`);
}
