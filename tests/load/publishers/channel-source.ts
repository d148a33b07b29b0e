import { connectRedis } from '@hermes/runtime';
import { measuredFact, measuredProgress } from '../process/measured-event.ts';
import type { EventSource } from './event-source.ts';

/** The channel that the Node peers follow. */
export const CHANNEL = 'bench';

/** A bare PUBLISH of the same data: no log, nothing to resume from. */
export async function openChannelSource(redisUrl: string): Promise<EventSource> {
  const redis = await connectRedis(redisUrl, 'commands');
  let seq = 1_000_000;
  const publish = (event: string, data: unknown) => redis.publish(CHANNEL, JSON.stringify({ seq: ++seq, event, data }));
  return {
    prepare: async () => {},
    fact: (measured) => publish('system_notification', measuredFact(measured)),
    progress: (id, measured) => publish('download_progress', measuredProgress(id, measured)),
    close: () => redis.disconnect(),
  };
}
