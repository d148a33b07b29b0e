import { EVENTS, formatCursor, isFact, type Topic } from '@hermes/contracts';
import type { LogEvent } from '@hermes/event-log';
import { encodeKeptFrame } from '../sse/encode-frame.ts';

/** An event of the log, encoded once; the bytes are shared by every connection that gets it. */
export interface Frame {
  readonly seq: number;
  readonly topic: Topic;
  readonly log: LogEvent;
  /** What a newer frame replaces it by; null for a fact, which nothing replaces. */
  readonly stateKey: string | null;
  readonly bytes: Buffer;
}

export function toFrame(epoch: string, log: LogEvent): Frame {
  return {
    seq: log.seq,
    topic: EVENTS[log.event].topic,
    log,
    stateKey: isFact(log.event) ? null : `${log.event}:${log.key ?? ''}`,
    bytes: encodeKeptFrame({ id: formatCursor({ epoch, seq: log.seq }), event: log.event, data: log.data }),
  };
}
