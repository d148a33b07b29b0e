import { type DownloadJob, downloadSecretsSchema } from '@hermes/contracts';
import type { DownloadContext } from './download-try.ts';
import { DownloadFailure } from './engines/download-failure.ts';
import { untilTold } from './held-attempt.ts';

/**
 * The headers that a person gave for a download. They come past the job, sealed; the API puts them there before it
 * enqueues the job.
 * @throws {DownloadFailure} SECRETS_UNAVAILABLE: without them the server would be asked for something else, and a page
 * that asks to log in would pass for the file.
 */
export async function readHeaders(
  { commands, keys, secretBox, logger }: DownloadContext,
  { download_id, with_secrets }: DownloadJob,
  signal: AbortSignal,
): Promise<Readonly<Record<string, string>>> {
  if (with_secrets !== true) return {};
  const sealed = await untilTold(() => commands.get(keys.secrets(download_id)), signal, logger);
  if (sealed === null) throw new DownloadFailure('SECRETS_UNAVAILABLE');
  try {
    const opened = await secretBox.open(download_id, sealed);
    return downloadSecretsSchema.parse(JSON.parse(opened)).headers;
  } catch (error) {
    throw new DownloadFailure('SECRETS_UNAVAILABLE', undefined, { cause: error });
  }
}
