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

/** A page of what is not final, live from Redis, oldest first. */
export async function listOpenDownloads(
  service: Service,
  statuses: readonly DownloadStatus[],
  after: PageCursor | null,
  limit: number,
): Promise<DownloadList> {
  const { redis, keys } = service;
  const everyStatus = new Set(statuses).size === OPEN;
  let offset = await offsetBehind(service, after);
  let first: SnapshotPage | null = null;
  const found: Download[] = [];
  for (;;) {
    const slice = await readSnapshot(redis, keys, offset, everyStatus ? limit + 1 : SLICE);
    // The oldest cut of all decides what the answer is true as of.
    first ??= slice;
    for (const json of slice.downloads) {
      const download = parseDownload(json);
      if (download !== null && statuses.includes(download.status)) found.push(download);
    }
    offset += everyStatus ? limit + 1 : SLICE;
    if (found.length > limit || offset >= slice.total) break;
  }
  const { cursor, counts, total } = first;
  const items = found.slice(0, limit);
  return {
    cursor,
    body: {
      items,
      counts,
      total: everyStatus ? total : statuses.reduce((sum, status) => sum + counts[status], 0),
      next_cursor: found.length > limit ? await cursorBehind(service, items) : null,
    },
  };
}

/**
 * By score, not by rank: downloads that ended since move everything behind them forward, and a page that went on from a
 * rank would skip as many.
 */
async function offsetBehind({ redis, keys }: Service, after: PageCursor | null): Promise<number> {
  if (after === null) return 0;
  const score = after.score ?? Number((await redis.zscore(keys.openDownloads, after.download_id)) ?? 0);
  return redis.zcount(keys.openDownloads, '-inf', score);
}

async function cursorBehind({ redis, keys }: Service, items: readonly Download[]): Promise<string | null> {
  const scores = await redis.zmscore(keys.openDownloads, ...items.map((item) => item.download_id));
  // The last one may have ended a moment ago: then the page goes on from the one before it, and repeats nothing.
  const at = scores.findLastIndex((score) => score !== null);
  const item = items[at];
  return item === undefined ? null : encodePageCursor({ ...item, score: Number(scores[at]) });
}
