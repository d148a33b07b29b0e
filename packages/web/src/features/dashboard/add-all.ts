import { type HermesApi, HermesApiError } from '@hermes/react';
import { isUnauthenticated, leadToLogin } from '../auth/unauthenticated.ts';
import { trackedDownloads } from '../tracking/tracked-downloads.ts';
import type { IdempotencyKeys } from './idempotency-keys.ts';
import type { UrlLine } from './parse-url-lines.ts';

/** The most that the API takes at once. */
const BATCH = 500;

/**
 * Adds all lines, in as few requests as it takes.
 * @returns what became of each, in words for its line; null: it was added.
 */
export async function addAll(
  api: Pick<HermesApi, 'createDownloads'>,
  lines: readonly UrlLine[],
  keys: IdempotencyKeys,
): Promise<Map<UrlLine, string | null>> {
  const outcome = new Map<UrlLine, string | null>();
  for (let at = 0; at < lines.length; at += BATCH) {
    const batch = lines.slice(at, at + BATCH);
    const urls = batch.map((line) => line.text);
    try {
      // An answer that was lost on its way is asked for again, not added again.
      const { items } = await api.createDownloads(urls, { idempotencyKey: keys.for(urls) });
      trackedDownloads.add(items.flatMap((item) => ('error' in item ? [] : [item.download_id])));
      for (const [index, line] of batch.entries()) {
        const item = items[index];
        const problem = item === undefined ? 'was not added' : 'error' in item ? item.error.message : null;
        outcome.set(line, problem);
      }
      keys.forget(urls);
    } catch (error) {
      for (const line of batch) outcome.set(line, describeRefusal(error));
      // Whoever is not logged in is not for the next batch either.
      if (isUnauthenticated(error)) {
        for (const line of lines.slice(at + BATCH)) outcome.set(line, 'was not added yet');
        leadToLogin(error);
        break;
      }
    }
  }
  return outcome;
}

function describeRefusal(error: unknown): string {
  if (error instanceof HermesApiError && error.invalidParams[0]) return error.invalidParams[0].message;
  if (!(error instanceof Error)) return 'was not added';
  const reason = error.message.replace(/\.$/, '');
  return `was not added: ${reason.charAt(0).toLowerCase()}${reason.slice(1)}`;
}
