import {
  type Cursor,
  DOWNLOAD_STATUSES,
  type Download,
  type DownloadStatus,
  FINAL_STATUSES,
  isFinalStatus,
  type ListDownloadsQuery,
  type ListDownloadsResponse,
} from '@hermes/contracts';
import { readDownload } from '@hermes/event-log';
import { isRedisAway, ProblemError } from '@hermes/runtime';
import { readStoredPosition } from '../projections/stored-position.ts';
import type { Service } from '../service.ts';
import { listOpenDownloads } from './list-open-downloads.ts';
import { decodePageCursor, encodePageCursor, type PageCursor } from './page-cursor.ts';

const OPEN_STATUSES = DOWNLOAD_STATUSES.filter((status) => !isFinalStatus(status));

export interface DownloadList {
  /** The position that everything in the body is at least as new as. */
  cursor: Cursor;
  body: ListDownloadsResponse;
}

/**
 * A page of downloads: what is open comes live from Redis, in the order of the queue; as soon as a final status is asked
 * for all comes from the database, newest first. With Redis away what is open comes from there too, oldest first.
 * @throws {ProblemError} VALIDATION_FAILED for a cursor that was not given out here.
 */
export async function listDownloads(service: Service, query: ListDownloadsQuery): Promise<DownloadList> {
  const statuses = query.status ?? (query.view === 'history' ? [...FINAL_STATUSES] : OPEN_STATUSES);
  const after = query.cursor === undefined ? null : decodePageCursor(query.cursor);
  if (after === 'malformed') {
    throw new ProblemError('VALIDATION_FAILED', {
      detail: 'query.cursor must be the next_cursor of an earlier answer',
      invalidParams: [{ field: 'query.cursor', message: 'must be the next_cursor of an earlier answer' }],
    });
  }
  if (statuses.every((status) => !isFinalStatus(status))) {
    try {
      return await listOpenDownloads(service, statuses, after, query.limit);
    } catch (error) {
      if (!isRedisAway(error)) throw error;
    }
  }
  return listStoredDownloads(service, statuses, after, query.limit);
}

async function listStoredDownloads(
  service: Service,
  statuses: readonly DownloadStatus[],
  after: PageCursor | null,
  limit: number,
): Promise<DownloadList> {
  const cursor = await readStoredPosition(service.database);
  const order = statuses.some(isFinalStatus) ? 'newest' : 'oldest';
  const rows = await service.downloads.list(statuses, order, after, limit + 1);
  const counts = await service.downloads.counts();
  const page = rows.slice(0, limit);
  const last = page.at(-1);
  return {
    cursor,
    body: {
      items: await Promise.all(page.map((download) => withProgress(service, download))),
      counts,
      total: statuses.reduce((sum, status) => sum + counts[status], 0),
      next_cursor: rows.length > limit && last ? encodePageCursor({ ...last, score: null }) : null,
    },
  };
}

/** The database knows changes of status; how far a running download is, Redis knows. */
async function withProgress(service: Service, stored: Download): Promise<Download> {
  if (isFinalStatus(stored.status)) return stored;
  try {
    const live = await readDownload(service.redis, service.keys, stored.download_id);
    // Its status stays the one that was asked for.
    return live?.status === stored.status ? live : stored;
  } catch (error) {
    if (!isRedisAway(error)) throw error;
    return stored;
  }
}
