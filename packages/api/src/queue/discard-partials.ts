import { readdir, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { INCOMPLETE_DIRECTORY } from '@hermes/contracts';
import type { Service } from '../service.ts';

/**
 * Removes what was kept of downloads that no worker holds, where this process shares the download directory with the
 * workers. That a disk refuses is nothing to fail by: everyone has been told that they are over.
 * @param ids of downloads that were there: nothing else may be put into a path.
 */
export async function discardPartials({ config, logger }: Service, ids: readonly string[]): Promise<void> {
  const directory = join(config.HERMES_DOWNLOAD_DIR, INCOMPLETE_DIRECTORY);
  // Most of many never began.
  const kept = new Set(await readdir(directory).catch(() => []));
  for (const id of ids.filter((one) => kept.has(one))) {
    await rm(join(directory, id), { recursive: true, force: true }).catch((error: unknown) =>
      logger.warn({ err: error, download_id: id }, 'A partial file could not be removed'),
    );
  }
}
