import { setTimeout as delay } from 'node:timers/promises';
import { microseconds } from '../process/clock.ts';
import { downloadName } from '../process/measured-event.ts';
import { serveCommands } from '../process/remote.ts';
import { openChannelSource } from './channel-source.ts';
import type { EventSource, SourceAddress } from './event-source.ts';
import { openLogSource } from './log-source.ts';
import { openNchanSource } from './nchan-source.ts';

/** Past this the other side is what limits: waiting is better than filling the memory. */
const MAX_UNANSWERED = 2000;

let source: EventSource | null = null;
let n = 0;

const commands = {
  open: async (address: SourceAddress) => {
    source = await openSource(address);
  },
  prepare: async (downloads: number) => (await opened()).prepare(downloads),
  publish,
};

export type PublishCommands = typeof commands;

serveCommands(commands);

/**
 * Publishes at an even rate.
 * @param downloads 0: facts, which everyone gets; else progress of so many downloads, in turn.
 */
async function publish({
  rate,
  seconds,
  downloads,
}: {
  rate: number;
  seconds: number;
  downloads: number;
}): Promise<{ sent: number; failed: number; lastN: number; rate: number; cpuShare: number }> {
  const to = await opened();
  const startedAt = microseconds();
  const cpu = process.cpuUsage();
  const total = Math.round(rate * seconds);
  let sent = 0;
  let failed = 0;
  let unanswered = 0;
  // When the other side cannot keep up, there is still an end.
  const deadline = startedAt + seconds * 1e6 * 1.5 + 1e6;
  while (sent < total && microseconds() < deadline) {
    const due = Math.min(total, Math.ceil(((microseconds() - startedAt) / 1e6) * rate));
    while (sent < due && unanswered < MAX_UNANSWERED) {
      const measured = { n: downloads === 0 ? ++n : n + 1 + Math.floor(sent / downloads), sentAt: microseconds() };
      const call = downloads === 0 ? to.fact(measured) : to.progress(downloadName(sent % downloads), measured);
      sent += 1;
      unanswered += 1;
      call
        .catch(() => {
          failed += 1;
        })
        .finally(() => {
          unanswered -= 1;
        });
    }
    await delay(1);
  }
  const publishedFor = (microseconds() - startedAt) / 1e6;
  if (downloads > 0) n += Math.ceil(sent / downloads);
  while (unanswered > 0 && microseconds() < deadline) await delay(1);
  const used = process.cpuUsage(cpu);
  return {
    sent,
    failed,
    lastN: n,
    rate: sent / Math.max(publishedFor, seconds),
    cpuShare: (used.user + used.system) / 1e6 / publishedFor,
  };
}

function openSource(address: SourceAddress): Promise<EventSource> {
  switch (address.kind) {
    case 'log':
      return openLogSource(address.redisUrl);
    case 'channel':
      return openChannelSource(address.redisUrl);
    case 'nchan':
      return openNchanSource(address.port);
  }
}

async function opened(): Promise<EventSource> {
  if (source === null) throw new Error('open first');
  return source;
}
