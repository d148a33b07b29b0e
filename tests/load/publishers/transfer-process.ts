import { setTimeout as delay } from 'node:timers/promises';
import { type DownloadProgress, keyspace, TICK_SPREAD_MS_PER_DOWNLOAD, untilTick } from '@hermes/contracts';
import { Publisher } from '@hermes/event-log';
import { connectRedis } from '@hermes/runtime';
import { downloadName } from '../process/measured-event.ts';
import { serveCommands } from '../process/remote.ts';
import { createDownload } from './create-download.ts';

/*
 * Downloads as a page gets to see them: numbers as a worker reports them, each step another tenth of a percent, so that
 * what a page shows tells which event it comes from.
 */

/** Of each download; what is left is never published. */
const MOST_PERCENT = 99;

interface Pace {
  /** How many of the prepared ones move, from the first. */
  downloads: number;
  /** Of each of them. */
  eventsPerSecond: number;
  /** How many events one percent takes, the same each time. Default: 10, so that each is seen in the tenth that is shown. */
  eventsPerPercent?: number;
}

interface Transfer {
  id: string;
  totalBytes: number;
  /** Milliseconds since the epoch, a clock that the page has as well; by step, from 1. */
  sentAt: number[];
}

/** What was published while it ran. */
export interface PublishedTransfers {
  sent: number;
  failed: number;
  /** By the id of the download and the step, from 1: when it was handed to the log. */
  sentAt: Record<string, number[]>;
}

let publisher: Publisher | null = null;
let running: { isEnding: boolean; ended: Promise<{ sent: number; failed: number }> } | null = null;
const transfers: Transfer[] = [];

const commands = {
  open: async (redisUrl: string) => {
    publisher = new Publisher(await connectRedis(redisUrl, 'commands'), keyspace(''));
  },
  /** Brings them to so many; those of before go on. */
  prepare: async (downloads: number) => {
    while (transfers.length < downloads) {
      const batch = Array.from({ length: Math.min(500, downloads - transfers.length) }, (_, n) => {
        const index = transfers.length + n;
        return {
          id: downloadName(index),
          totalBytes: 1_000_000_000 + ((index * 7919) % 8000) * 1_000_000,
          sentAt: [0],
        };
      });
      await Promise.all(batch.map(({ id, totalBytes }) => createDownload(opened(), id, totalBytes)));
      transfers.push(...batch);
    }
  },
  begin: async (pace: Pace) => {
    const run = { isEnding: false, ended: Promise.resolve({ sent: 0, failed: 0 }) };
    run.ended = publish(pace, run);
    running = run;
  },
  end: async (): Promise<PublishedTransfers> => {
    if (running === null) throw new Error('begin first');
    running.isEnding = true;
    const { sent, failed } = await running.ended;
    running = null;
    return { sent, failed, sentAt: Object.fromEntries(transfers.map(({ id, sentAt }) => [id, sentAt])) };
  },
};

export type TransferCommands = typeof commands;

serveCommands(commands);

/**
 * Has no divisor in common with how many there are: each has its turn, and those that stand beside each other on a page do
 * not have theirs together.
 */
const STRIDE = 37;

/** At the ticks of the clock, as workers tell; those that are many, one after the other ahead of the tick. */
async function publish(
  { downloads, eventsPerSecond, eventsPerPercent = 10 }: Pace,
  run: { isEnding: boolean },
): Promise<{ sent: number; failed: number }> {
  const intervalMs = 1000 / eventsPerSecond;
  const spreadMs = Math.min(intervalMs, downloads * TICK_SPREAD_MS_PER_DOWNLOAD);
  const now = Date.now();
  const firstAt = now + untilTick(intervalMs, now + spreadMs);
  const dueAt = (n: number) =>
    firstAt + Math.floor(n / downloads) * intervalMs + ((n % downloads) / downloads) * spreadMs;
  const calls: Promise<unknown>[] = [];
  let failed = 0;
  let sent = 0;
  while (!run.isEnding) {
    for (; dueAt(sent) <= Date.now(); sent += 1) {
      const transfer = transfers[(sent * STRIDE) % downloads];
      if (transfer === undefined || transfer.sentAt.length > MOST_PERCENT * eventsPerPercent)
        throw new Error('There is nothing left of it');
      const call = opened().publishProgress(1, nextStep(transfer, eventsPerPercent));
      calls.push(
        call.catch(() => {
          failed += 1;
        }),
      );
    }
    await delay(1);
  }
  await Promise.all(calls);
  return { sent, failed };
}

function nextStep({ id, totalBytes, sentAt }: Transfer, eventsPerPercent: number): DownloadProgress {
  const step = sentAt.push(Date.now()) - 1;
  // In the middle of the tenth that is shown: no rounding takes it to the next.
  const progress = (step + 0.5) / eventsPerPercent;
  const downloadedBytes = Math.floor((totalBytes * progress) / 100);
  const speed = 2_000_000 + ((step * 7717 + totalBytes / 1000) % 9_000_000);
  return {
    download_id: id,
    status: 'downloading',
    progress,
    downloaded_bytes: downloadedBytes,
    total_bytes: totalBytes,
    download_speed: Math.round(speed),
    eta: Math.ceil((totalBytes - downloadedBytes) / speed),
  };
}

function opened(): Publisher {
  if (publisher === null) throw new Error('open first');
  return publisher;
}
