import { setTimeout as delay } from 'node:timers/promises';
import { isFinalStatus } from '@hermes/contracts';
import type { Deployment } from '../../deploy/deployment.ts';
import { peakResidentBytes, residentBytes } from '../process/process-usage.ts';
import { type Bar, count, decimal, type Table } from '../report.ts';
import { withDeployment } from '../targets/production.ts';

/** Of the issue: 100 MB, with all that a process is made of. */
const MAX_BYTES = 100e6;
const AT_ONCE = [1, 3];

interface Measured {
  downloads: number;
  idleBytes: number;
  peakBytes: number;
}

interface MeasureWorkerMemory {
  /** Of the file. */
  url: string;
  sha256: string;
  mebibytes: number;
  /** Where the files go. */
  directory: string;
  log(text: string): void;
}

/**
 * What the worker of a deploy takes while it downloads: the built bundle, run as Compose runs it, the whole process from
 * its start on. A new one for each line, so that the peak is its own.
 */
export async function measureWorkerMemory(options: MeasureWorkerMemory): Promise<{ tables: Table[]; bars: Bar[] }> {
  const lines: Measured[] = [];
  for (const downloads of AT_ONCE) {
    await withDeployment({ environment: { HERMES_DOWNLOAD_DIR: options.directory } }, async (deployment) => {
      const { pid } = deployment.service('worker');
      const idleBytes = residentBytes(pid);
      await download(deployment, options, downloads);
      lines.push({ downloads, idleBytes, peakBytes: peakResidentBytes(pid) });
      options.log(`worker: ${downloads} at once, at most ${megabytes(peakResidentBytes(pid))}`);
    });
  }
  return report(lines, options.mebibytes);
}

async function download(deployment: Deployment, { url, sha256 }: MeasureWorkerMemory, times: number): Promise<void> {
  const headers = { authorization: `Bearer ${await deployment.adminKey()}`, 'content-type': 'application/json' };
  const api = `${deployment.apiOrigin}/api/v1/download`;
  const ids = await Promise.all(
    Array.from({ length: times }, async (_, index) => {
      // Each is a download of its own, of a URL of its own.
      const body = JSON.stringify({ url: `${url}?${index}`, engine: 'http' });
      const answer = await fetch(api, { method: 'POST', headers, body });
      if (answer.status !== 202) throw new Error(`the API answered ${answer.status}: ${await answer.text()}`);
      return ((await answer.json()) as { download_id: string }).download_id;
    }),
  );
  for (const id of ids) {
    for (;;) {
      const { status, result } = await (await fetch(`${api}/${id}`, { headers })).json();
      if (isFinalStatus(status)) {
        if (result?.sha256 !== sha256) throw new Error(`the download ended as ${status}, with other bytes`);
        break;
      }
      await delay(200);
    }
  }
}

function report(lines: readonly Measured[], mebibytes: number): { tables: Table[]; bars: Bar[] } {
  if (lines.length === 0) return { tables: [], bars: [] };
  return {
    tables: [
      {
        title: `Memory of a worker that downloads files of ${count(mebibytes)} MiB`,
        columns: ['downloads at once', 'before', 'at most'],
        rows: lines.map(({ downloads, idleBytes, peakBytes }) => [
          count(downloads),
          megabytes(idleBytes),
          megabytes(peakBytes),
        ]),
        notes: [
          'Resident memory of the whole process, Node’s own 47 MB of program text included; at most: since it was started.',
          'The bundle that goes into the image, run by `hermes worker` with the options of `docker-compose.yml`, over the API.',
        ],
      },
    ],
    bars: lines.slice(0, 1).map(({ peakBytes }) => ({
      measure: `a worker that downloads one file of ${count(mebibytes)} MiB: the memory of its process`,
      bar: `< ${megabytes(MAX_BYTES)}`,
      measured: megabytes(peakBytes),
      met: peakBytes < MAX_BYTES,
    })),
  };
}

function megabytes(bytes: number): string {
  return `${decimal(bytes / 1e6)} MB`;
}
