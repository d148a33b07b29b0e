import { setMaxListeners } from 'node:events';
import type { Download } from '@hermes/contracts';
import { loadConfig } from '@hermes/runtime';
import { followDownloads } from '../downloads/follow-downloads.ts';
import { nameOf, WatchScreen } from '../downloads/watch-screen.ts';
import { printable } from '../format.ts';
import { InterruptedError } from '../run/stop-signal.ts';
import { findServer, type ServerAccess } from '../server-client.ts';

export interface WatchOptions {
  url?: string;
  key?: string;
  json?: boolean;
}

/**
 * Shows one download until it has ended, or all until somebody has seen enough.
 * @returns whether what was waited for came whole.
 */
export async function watch(id: string | undefined, options: WatchOptions): Promise<boolean> {
  const access = await findServer(loadConfig(), options);
  return watchDownloads(access, id === undefined ? null : [id], options);
}

/**
 * @param ids null: everything, until it is interrupted.
 * @throws {CommandError} as `followDownloads`; {InterruptedError} if it is interrupted while it waits for something.
 */
export async function watchDownloads(
  access: ServerAccess,
  ids: readonly string[] | null,
  { json = false }: { json?: boolean },
): Promise<boolean> {
  const stop = new AbortController();
  setMaxListeners(0, stop.signal);
  const end = () => stop.abort();
  for (const name of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) process.once(name, end);
  // Whoever read the lines has had enough of them, as `head` has.
  process.stdout.once('error', end);
  const screen = new WatchScreen(process.stdout, json);
  let trouble = '';
  try {
    const downloads = await followDownloads(access, {
      ids,
      signal: stop.signal,
      onChange: (changed, all) => screen.show(changed, all),
      onTrouble: (text) => {
        if (text !== trouble) process.stderr.write(`${text} Trying again …\n`);
        trouble = text;
      },
    });
    screen.finish();
    if (ids === null) return true;
    if (stop.signal.aborted) throw new InterruptedError();
    return tellFailures(ids.map((one) => downloads.get(one)));
  } finally {
    screen.finish();
    for (const name of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) process.off(name, end);
    process.stdout.off('error', end);
  }
}

function tellFailures(downloads: readonly (Download | undefined)[]): boolean {
  const failed = downloads.filter((download) => download !== undefined && download.status !== 'completed');
  for (const download of failed) {
    if (download === undefined) continue;
    const why = download.error === null ? download.status : `${download.error.code}: ${download.error.message}`;
    process.stderr.write(printable(`${nameOf(download)} (${download.download_id}): ${why}`).concat('\n'));
  }
  return failed.length === 0;
}
