import { keyspace } from '@hermes/contracts';
import { Publisher } from '@hermes/event-log';
import { connectRedis } from '@hermes/runtime';
import { downloadName, measuredFact, measuredProgress } from '../process/measured-event.ts';
import { createDownload } from './create-download.ts';
import type { EventSource } from './event-source.ts';

const TOTAL_BYTES = 9_000_000_000;

/** As a worker publishes: through the Lua script, fenced, into the log. */
export async function openLogSource(redisUrl: string): Promise<EventSource> {
  const redis = await connectRedis(redisUrl, 'commands');
  const publisher = new Publisher(redis, keyspace(''));
  let prepared = 0;
  return {
    prepare: async (downloads) => {
      // Those of before stay as they are: claimed once more, they would take nothing of the first attempt.
      for (; prepared < downloads; prepared = Math.min(downloads, prepared + 500)) {
        const length = Math.min(500, downloads - prepared);
        const batch = Array.from({ length }, (_, n) => downloadName(prepared + n));
        await Promise.all(batch.map((id) => createDownload(publisher, id, TOTAL_BYTES)));
      }
    },
    fact: (measured) => publisher.publish('system_notification', measuredFact(measured)),
    progress: (id, measured) => publisher.publishProgress(1, measuredProgress(id, measured)),
    close: () => redis.disconnect(),
  };
}
