import type { Download, DownloadStatus } from '@hermes/contracts';
import { DOWNLOAD_STATUSES, isFinalStatus } from '@hermes/contracts';
import { readSnapshot, type SnapshotPage } from '@hermes/event-log';
import { parseDownload } from '../database/download-rows.ts';
import type { Service } from '../service.ts';
import type { DownloadList } from './list-downloads.ts';
import { encodePageCursor, type PageCursor } from './page-cursor.ts';

/** How many records are looked through at a time for those of a status. */
const SLICE = 500;
const OPEN = DOWNLOAD_STATUSES.filter((status) => !isFinalStatus(status)).length;

/**
 * A page of what is not final, live from Redis, in the order of the queue: by priority, and within one those first that
 * came first, but for what was moved by hand.
 */
export async function listOpenDownloads(
  service: Service,
  statuses: readonly DownloadStatus[],
  after: PageCursor | null,
  limit: number,
): Promise<DownloadList> {
  const { redis, keys } = service;
  const everyStatus = new Set(statuses).size === OPEN;
  const found: { download: Download; score: number }[] = [];
  let first: SnapshotPage | null = null;
  for (let next = await placeOf(service, after); ; ) {
    const slice = await readSnapshot(redis, keys, next, everyStatus ? limit + 1 : SLICE);
    // The oldest cut of all decides what the answer is true as of.
    first ??= slice;
    for (const [at, json] of slice.downloads.entries()) {
      const download = parseDownload(json);
      if (download !== null && statuses.includes(download.status)) {
        found.push({ download, score: slice.scores[at] ?? 0 });
      }
    }
    next = slice.next;
    if (found.length > limit || next === null) break;
  }
  const { cursor, counts, total } = first;
  const page = found.slice(0, limit);
  const last = page.at(-1);
  return {
    cursor,
    body: {
      items: page.map(({ download }) => download),
      counts,
      total: everyStatus ? total : statuses.reduce((sum, status) => sum + counts[status], 0),
      // The place that it had when it was read: it may have been moved, or have ended, by now.
      next_cursor:
        found.length > limit && last !== undefined ? encodePageCursor({ ...last.download, score: last.score }) : null,
    },
  };
}

/** Null: the first page. A page that the database gave knows no place: it goes on behind its last item, if that is there. */
async function placeOf({ redis, keys }: Service, after: PageCursor | null): Promise<number | null> {
  if (after === null || after.score !== null) return after?.score ?? null;
  const score = await redis.zscore(keys.openDownloads, after.download_id);
  return score === null ? null : Number(score);
}
