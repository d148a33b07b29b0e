import { type DownloadStatus, type Keyspace, RANKS_A_PRIORITY } from '@hermes/contracts';
import type { Redis } from 'ioredis';
import { Script } from './script.ts';

const moveScript = new Script<[1, number, ...string[]] | [0, string]>('move-download.lua');

/** What of the queue has another rank now; or in which status it stands that has no place there, null if it is unknown. */
export type Move =
  | { moved: true; rank: number /** In their order; the download itself is the last. */; ids: string[] }
  | { moved: false; status: DownloadStatus | null };

/**
 * Moves a download among those that wait. Nobody is told yet: that is for `Publisher.changePriority`.
 * @param position 0 for the first of those that wait; past their end: the last.
 */
export async function moveDownload(redis: Redis, keys: Keyspace, id: string, position: number): Promise<Move> {
  const answer = await moveScript.run(
    redis,
    [keys.openDownloads, keys.order, keys.download(id)],
    [id, position, keys.download(''), RANKS_A_PRIORITY],
  );
  if (answer[0] === 0) {
    return { moved: false, status: answer[1] === '' ? null : (answer[1] as DownloadStatus) };
  }
  const [, rank, ...ids] = answer;
  return { moved: true, rank, ids };
}
