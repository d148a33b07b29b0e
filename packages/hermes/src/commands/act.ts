import type { BulkActionRequest, BulkActionResponse, DownloadStatus } from '@hermes/contracts';
import { loadConfig } from '@hermes/runtime';
import { callServer, findServer, type ServerAccess } from '../server-client.ts';

export interface ActOptions {
  url?: string;
  key?: string;
  json?: boolean;
}

const DONE = { pause: 'Paused', resume: 'Resumed', cancel: 'Cancelled', retry: 'Trying again' } as const;

/**
 * Tells the server to do that with each of them: named ones in one request, others in as few as it takes.
 * @param which ids, or the statuses of those that are meant.
 * @returns whether each could take it.
 */
export async function act(
  action: keyof typeof DONE,
  which: { ids: string[] } | { statuses: DownloadStatus[] },
  options: ActOptions,
): Promise<boolean> {
  const access = await findServer(loadConfig(), options);
  const items =
    'ids' in which
      ? (await actOnce(access, { action, ids: [...new Set(which.ids)] })).items
      : await actOnAll(access, { action, filter: { status: which.statuses } });
  const refused = items.filter((item) => 'error' in item);
  if (options.json) process.stdout.write(`${JSON.stringify({ items })}\n`);
  else {
    for (const item of items) {
      if (!('error' in item)) process.stdout.write(`${DONE[action]} ${item.download_id}.\n`);
    }
    if (items.length === 0) process.stdout.write('There is nothing to do.\n');
  }
  for (const { download_id, error } of refused) {
    process.stderr.write(`${download_id}: ${error.message} (${error.code})\n`);
  }
  return refused.length === 0;
}

function actOnce(access: ServerAccess, request: BulkActionRequest): Promise<BulkActionResponse> {
  return callServer<BulkActionResponse>(access, 'POST', '/download/bulk', request);
}

/** The server takes so many at once; what it has acted on matches no more, and what it could not is not asked of it twice. */
async function actOnAll(access: ServerAccess, request: BulkActionRequest): Promise<BulkActionResponse['items']> {
  const items: BulkActionResponse['items'] = [];
  for (;;) {
    const answer = await actOnce(access, request);
    items.push(...answer.items);
    if (answer.remaining === 0 || answer.items.some((item) => 'error' in item)) return items;
  }
}
