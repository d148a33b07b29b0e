import type { Download, ListDownloadsResponse } from '@hermes/contracts';
import { CommandError, callServer, type ServerAccess } from '../server-client.ts';

const PAGE = 100;

/** One download as it is now; null if the server does not know it. */
export async function readDownload(access: ServerAccess, id: string): Promise<Download | null> {
  try {
    return await callServer<Download>(access, 'GET', `/download/${encodeURIComponent(id)}`);
  } catch (error) {
    if (error instanceof CommandError && error.code === 'DOWNLOAD_NOT_FOUND') return null;
    throw error;
  }
}

/**
 * As many as asked for, page by page.
 * @param status none: everything that has not ended.
 */
export async function listDownloads(
  access: ServerAccess,
  status: string | undefined,
  limit: number,
): Promise<ListDownloadsResponse> {
  let answer: ListDownloadsResponse | undefined;
  const items: Download[] = [];
  do {
    const query = new URLSearchParams({ limit: String(Math.min(PAGE, limit - items.length)) });
    if (status !== undefined) query.set('status', status);
    if (answer?.next_cursor) query.set('cursor', answer.next_cursor);
    answer = await callServer<ListDownloadsResponse>(access, 'GET', `/download/queue?${query}`);
    items.push(...answer.items);
  } while (answer.next_cursor !== null && items.length < limit);
  return { ...answer, items };
}
