import { existsSync } from 'node:fs';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { EngineCommands } from '../clients/engine-process.ts';
import { type Timed, timeCommand } from '../clients/timed-command.ts';
import { assignCores } from '../process/cores.ts';
import { RemoteProcess } from '../process/remote.ts';
import { type Bar, count, decimal, median } from '../report.ts';
import type { FileOriginCommands } from '../targets/file-origin-process.ts';
import type { Scenario } from './scenario.ts';
import { measureWorkerMemory } from './worker-memory.ts';

const MAX_RATIO = 1;
const MEMORY = '/dev/shm';
const NAMES = ['Hermes', 'curl, then sha256sum', 'curl'] as const;

/** The HTTP engine of the worker beside curl, on the same file and the same core. */
export const downloadSpeed: Scenario = {
  name: 'download-speed',
  summary: 'one file over loopback: the HTTP engine beside curl, and the memory of the worker',
  async run({ quick, log }) {
    const cores = assignCores();
    const mebibytes = quick ? 128 : 1024;
    const rounds = quick ? 2 : 5;
    const directory = await mkdtemp(join(existsSync(MEMORY) ? MEMORY : tmpdir(), 'hermes-speed-'));
    const origin = new RemoteProcess<FileOriginCommands>(
      join(import.meta.dirname, '../targets/file-origin-process.ts'),
      cores.load,
    );
    const engine = new RemoteProcess<EngineCommands>(
      join(import.meta.dirname, '../clients/engine-process.ts'),
      cores.server,
    );
    const runs = new Map<(typeof NAMES)[number], Timed[]>(NAMES.map((name) => [name, []]));
    try {
      const small = await origin.call('serve', 16);
      const { url, sha256 } = await origin.call('serve', mebibytes);
      const file = join(directory, 'file');
      const fetch = `curl --silent --fail --output '${file}' '${url}'`;
      const download = async (from: { url: string; sha256: string }) => {
        const answer = await engine.call('download', { url: from.url, directory });
        if (answer.sha256 !== from.sha256) throw new Error('the engine brought other bytes');
        return answer;
      };
      await download(small);
      for (let round = 0; round < rounds; round += 1) {
        runs.get('Hermes')?.push(await download({ url, sha256 }));
        runs.get('curl, then sha256sum')?.push(await timeCommand(`${fetch}\nsha256sum '${file}' >&2`, cores.server));
        runs.get('curl')?.push(await timeCommand(fetch, cores.server));
        await rm(file);
        log(NAMES.map((name) => `${name} ${decimal(runs.get(name)?.at(-1)?.seconds ?? 0, 2)} s`).join(' · '));
      }
      const speed = report(runs, mebibytes);
      const memory = await measureWorkerMemory({ url, sha256, mebibytes, directory, log });
      return { tables: [...speed.tables, ...memory.tables], bars: [...speed.bars, ...memory.bars] };
    } finally {
      await Promise.all([engine.stop(), origin.stop()]);
      await rm(directory, { recursive: true, force: true });
    }
  },
};

function report(runs: ReadonlyMap<string, Timed[]>, mebibytes: number) {
  const middle = (name: string, of: keyof Timed) => median((runs.get(name) ?? []).map((run) => run[of]));
  const ratio = (other: string, of: keyof Timed) => middle('Hermes', of) / middle(other, of);
  const times = (value: number) => `${decimal(value, 2)}x`;
  const fair = 'curl, then sha256sum';
  const bars: Bar[] = [
    {
      measure: `one file of ${count(mebibytes)} MiB: wall time against ${fair}`,
      bar: `≤ ${MAX_RATIO}x`,
      measured: times(ratio(fair, 'seconds')),
      met: ratio(fair, 'seconds') <= MAX_RATIO,
    },
    {
      measure: 'the same, CPU',
      bar: `≤ ${MAX_RATIO}x`,
      measured: times(ratio(fair, 'cpuSeconds')),
      met: ratio(fair, 'cpuSeconds') <= MAX_RATIO,
    },
  ];
  return {
    tables: [
      {
        title: `One file of ${count(mebibytes)} MiB over loopback`,
        columns: ['program', 'seconds', 'runs', 'CPU seconds', 'MiB/s', 'Hermes is, wall', 'Hermes is, CPU'],
        rows: NAMES.map((name) => [
          name,
          decimal(middle(name, 'seconds'), 2),
          (runs.get(name) ?? []).map(({ seconds }) => decimal(seconds, 2)).join(' · '),
          decimal(middle(name, 'cpuSeconds'), 2),
          count(mebibytes / middle(name, 'seconds')),
          name === 'Hermes' ? '' : times(ratio(name, 'seconds')),
          name === 'Hermes' ? '' : times(ratio(name, 'cpuSeconds')),
        ]),
        notes: [
          'The file comes from memory and goes to memory: no disk is measured.',
          'The engine makes the SHA-256 of what it brings while it brings it, and syncs the file; curl does neither.',
        ],
      },
    ],
    bars,
  };
}
