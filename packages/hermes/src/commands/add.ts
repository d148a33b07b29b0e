import { text } from 'node:stream/consumers';
import type { CreateBatchResponse, CreateDownloadRequest, CreateDownloadResponse } from '@hermes/contracts';
import { loadConfig } from '@hermes/runtime';
import { printable } from '../format.ts';
import { CommandError, callServer, findServer, type ServerAccess } from '../server-client.ts';
import { watchDownloads } from './watch.ts';

export interface AddOptions {
  url?: string;
  key?: string;
  json?: boolean;
  wait?: boolean;
  priority?: number;
  filename?: string;
  checksum?: string;
  engine?: string;
  format?: string;
  header?: Record<string, string>;
}

type Added = CreateBatchResponse['items'][number];

/** As many as the server takes at once. */
const MOST_A_BATCH = 500;

/**
 * Adds downloads; `-` stands for addresses from standard input, one a line.
 * @returns whether each was accepted and, if it was waited for, came whole.
 */
export async function add(given: readonly string[], options: AddOptions): Promise<boolean> {
  const urls = (await Promise.all(given.map((one) => (one === '-' ? readLines() : [one])))).flat();
  if (urls.length === 0) throw new CommandError('There are no addresses on standard input.');
  if (urls.length > 1 && (options.filename !== undefined || options.checksum !== undefined)) {
    throw new CommandError('A name or a checksum is of one file: add the others by themselves.');
  }
  const access = await findServer(loadConfig(), options);
  const answers =
    hasOptionsOfOne(options) || urls.length === 1
      ? await addOneByOne(access, urls, options)
      : await addInBatches(access, urls, options);
  const items = answers.map((item) => ({ ...item, url: withoutPassword(item.url) }));
  const accepted = items.filter((item) => 'download_id' in item);
  // While it is waited for, standard output is of what becomes of them.
  if (options.json && !options.wait) process.stdout.write(`${JSON.stringify({ items })}\n`);
  else if (!options.wait) for (const { download_id, url } of accepted) say(process.stdout, `${download_id}  ${url}`);
  for (const item of items) {
    if ('error' in item) say(process.stderr, `${item.url}: ${item.error.message} (${item.error.code})`);
  }
  const isComplete = accepted.length === items.length;
  if (!options.wait || accepted.length === 0) return isComplete;
  const ids = accepted.map(({ download_id }) => download_id);
  return (await watchDownloads(access, ids, options)) && isComplete;
}

function hasOptionsOfOne({ filename, checksum, engine, format, header }: AddOptions): boolean {
  return [filename, checksum, engine, format, header].some((value) => value !== undefined);
}

async function addOneByOne(access: ServerAccess, urls: readonly string[], options: AddOptions): Promise<Added[]> {
  const { priority, filename, checksum, engine, format, header: headers } = options;
  const items: Added[] = [];
  for (const url of urls) {
    const body = { url, priority, filename, checksum, engine, format, headers } as Partial<CreateDownloadRequest>;
    try {
      items.push({ ...(await callServer<CreateDownloadResponse>(access, 'POST', '/download', body)), url });
    } catch (error) {
      // What is wrong with one address says nothing of the next; what is wrong with the server does.
      const isRefusal = error instanceof CommandError && error.code === 'VALIDATION_FAILED';
      if (!isRefusal || urls.length === 1) throw error;
      items.push({ url, error: { code: 'VALIDATION_FAILED', message: error.message } });
    }
  }
  return items;
}

async function addInBatches(access: ServerAccess, urls: readonly string[], { priority }: AddOptions): Promise<Added[]> {
  const items: Added[] = [];
  for (let from = 0; from < urls.length; from += MOST_A_BATCH) {
    const batch = { urls: urls.slice(from, from + MOST_A_BATCH), ...(priority === undefined ? {} : { priority }) };
    items.push(...(await callServer<CreateBatchResponse>(access, 'POST', '/download/batch', batch)).items);
  }
  return items;
}

/** Empty lines, and those that begin with `#`, are none. */
async function readLines(): Promise<string[]> {
  const lines = (await text(process.stdin)).split('\n').map((line) => line.trim());
  return lines.filter((line) => line !== '' && !line.startsWith('#'));
}

/** What is printed is kept by terminals and logs. */
function withoutPassword(text: string): string {
  const url = URL.parse(text);
  if (url === null || (url.username === '' && url.password === '')) return text;
  url.username = '';
  url.password = '';
  return url.href;
}

function say(out: NodeJS.WriteStream, line: string): void {
  out.write(`${printable(line)}\n`);
}
