import { setTimeout as delay } from 'node:timers/promises';
import type { Download } from '@hermes/contracts';
import { CommandError, type ServerAccess } from '../server-client.ts';
import { FollowedDownloads, type FollowOptions } from './followed-downloads.ts';

const POLL_MS = 2000;
/** How often the list is read before a stream that could not be opened is tried again. */
const POLLS_A_TRY = 5;

/**
 * Follows downloads by the event stream, or by reading them every two seconds while there is none.
 * @returns what is known of them: all have ended, or `signal` has aborted.
 * @throws {CommandError} if the server refuses, does not know one of them, or cannot be reached at first.
 */
export async function followDownloads(
  access: ServerAccess,
  options: FollowOptions,
): Promise<ReadonlyMap<string, Download>> {
  const followed = new FollowedDownloads(access, options);
  await followed.read();
  while (!followed.isDone) {
    let polls = 1;
    try {
      await followed.stream();
    } catch (error) {
      if (!isTemporary(error)) throw error;
      if (error.code !== 'SSE_DISABLED') options.onTrouble(error.message);
      polls = POLLS_A_TRY;
    }
    for (; polls > 0 && !followed.isDone; polls--) {
      await delay(POLL_MS, undefined, { signal: options.signal }).catch(() => {});
      if (followed.isDone) break;
      await followed.read().catch((error: unknown) => {
        if (!isTemporary(error)) throw error;
        options.onTrouble(error.message);
      });
    }
  }
  return followed.downloads;
}

/** A server that is away for a moment is waited for. */
function isTemporary(error: unknown): error is CommandError {
  return error instanceof CommandError && error.isTemporary;
}
