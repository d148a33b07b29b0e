import type { HeldStream } from './held-stream.ts';
import { COME_BACK_MS, jittered } from './stream-limits.ts';

/**
 * Ends the streams one after the other, spread evenly over the window, each with a moment of its own to come back at.
 * Resolves when the last one is closed.
 */
export async function drainStreams(streams: readonly HeldStream[], windowMs: number): Promise<void> {
  await Promise.all(
    streams.map(async (stream, index) => {
      const timer = setTimeout(
        () => stream.end('shutdown', jittered(COME_BACK_MS)),
        (windowMs * index) / streams.length,
      );
      await stream.closed;
      clearTimeout(timer);
    }),
  );
}
