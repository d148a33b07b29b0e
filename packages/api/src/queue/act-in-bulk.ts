import { BULK_LIMIT, type BulkActionRequest, type BulkActionResponse } from '@hermes/contracts';
import type { Service } from '../service.ts';
import { actOnDownloads } from './act-on-downloads.ts';

/**
 * One action on the downloads that are named or that stand in a status, each by itself.
 * @throws an ioredis error if Redis goes away in between: what has been done stays, and asking again does the rest.
 */
export async function actInBulk(
  service: Service,
  { action, ids, filter }: BulkActionRequest,
): Promise<BulkActionResponse> {
  const { chosen, remaining } =
    filter === undefined ? { chosen: ids ?? [], remaining: 0 } : await match(service, filter);
  const results = await actOnDownloads(service, action, [...new Set(chosen)]);
  return {
    items: results.map(({ download_id, status, error }) =>
      error === null ? { download_id, status } : { download_id, error: { code: error.code, message: error.message } },
    ),
    remaining,
  };
}

async function match(
  { downloads, foldLog }: Service,
  { status }: NonNullable<BulkActionRequest['filter']>,
): Promise<{ chosen: string[]; remaining: number }> {
  // So that the database knows what its caller has just been told.
  await foldLog();
  const [chosen, counts] = await Promise.all([downloads.findIds(status, BULK_LIMIT), downloads.counts()]);
  const matched = [...new Set(status)].reduce((sum, one) => sum + counts[one], 0);
  return { chosen, remaining: Math.max(0, matched - chosen.length) };
}
