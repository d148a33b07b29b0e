import { EVENTS, formatCursor, isFact, type Topic } from '@hermes/contracts';
import type { LogEvent } from '@hermes/event-log';
import { FrameMemory } from '../sse/encode-frame.ts';

/** An event of the log, encoded once; the bytes are shared by every connection that gets it. */
export interface Frame {
  readonly seq: number;
  readonly topic: Topic;
  readonly log: LogEvent;
  /** What a newer frame replaces it by; null for a fact, which nothing replaces. */
  readonly stateKey: string | null;
  readonly bytes: Buffer;
}

/** Facts leave the window of recent events in the order they came, and so do their slabs. */
const FACTS = new FrameMemory(64 * 1024);
/** Of many states only the last of each key stays: the smaller the slab, the less it keeps. */
const STATES = new FrameMemory(4 * 1024);

export function toFrame(epoch: string, log: LogEvent): Frame {
  const fact = isFact(log.event);
  return {
    seq: log.seq,
    topic: EVENTS[log.event].topic,
    log,
    stateKey: fact ? null : `${log.event}:${log.key ?? ''}`,
    bytes: (fact ? FACTS : STATES).encode({
      id: formatCursor({ epoch, seq: log.seq }),
      event: log.event,
      data: log.data,
    }),
  };
}
