import { setTimeout as delay } from 'node:timers/promises';
import { loadConfig } from '@hermes/runtime';
import { CommandError, findServer, readStream } from '../server-client.ts';
import { formatEvent } from './format-event.ts';

export interface TailOptions {
  url?: string;
  key?: string;
  channels?: string;
  download?: string;
  since?: string;
  count?: number;
  json?: boolean;
}

const MAX_WAIT_MS = 10_000;

/**
 * Prints the event stream, one line an event, and comes back by itself where it left off.
 * @throws {CommandError} if the server cannot be reached at first, or refuses at any time.
 */
export async function tail(options: TailOptions): Promise<void> {
  const access = await findServer(loadConfig(), options);
  const stop = new AbortController();
  const end = () => stop.abort();
  process.once('SIGINT', end);
  process.once('SIGTERM', end);
  // Whoever read the lines has had enough of them, as `head` has.
  process.stdout.once('error', end);
  try {
    await follow(options, stop, (path, cursor, onEvent) => readStream(access, path, cursor, stop.signal, onEvent));
  } finally {
    process.off('SIGINT', end);
    process.off('SIGTERM', end);
    process.stdout.off('error', end);
  }
}

async function follow(
  options: TailOptions,
  stop: AbortController,
  read: (path: string, cursor: string | undefined, onEvent: Parameters<typeof readStream>[4]) => Promise<void>,
): Promise<void> {
  const path = streamPath(options);
  let cursor = options.since;
  let left = options.count ?? Number.POSITIVE_INFINITY;
  let wasOpen = false;
  let failures = 0;
  while (!stop.signal.aborted) {
    let reason = 'The stream ended';
    try {
      await read(path, cursor, (event) => {
        if (left <= 0) return;
        wasOpen = true;
        failures = 0;
        cursor = event.id ?? cursor;
        process.stdout.write(`${options.json ? JSON.stringify(event) : formatEvent(event)}\n`);
        left -= 1;
        if (left <= 0) stop.abort();
      });
    } catch (error) {
      if (stop.signal.aborted) return;
      // The first call tells whether it can work at all; after that a server that is away is worth waiting for.
      if (error instanceof CommandError) {
        if (!wasOpen || !error.isTemporary) throw error;
        reason = error.message;
      }
    }
    if (stop.signal.aborted) return;
    failures += 1;
    const wait = Math.min(MAX_WAIT_MS, 250 * 2 ** failures) * (0.5 + Math.random() / 2);
    process.stderr.write(`${reason.replace(/\.$/, '')}; trying again in ${(wait / 1000).toFixed(1)} s\n`);
    await delay(wait, undefined, { signal: stop.signal }).catch(() => {});
  }
}

function streamPath({ download, channels }: TailOptions): string {
  if (download !== undefined) return `/events/downloads/${encodeURIComponent(download)}`;
  return channels === undefined ? '/events/stream' : `/events/stream?channels=${encodeURIComponent(channels)}`;
}
