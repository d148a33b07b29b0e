import { type DownloadStatus, EVENTS, type EventName, formatCursor, isFact, type Topic } from '@hermes/contracts';
import type { LogEvent } from '@hermes/event-log';
import { type Chunk, withoutFraming } from '../sse/chunk.ts';
import { FrameMemory } from '../sse/encode-frame.ts';

/** Facts leave the window of recent events in the order they came, and so do their slabs. */
const FACTS = new FrameMemory(64 * 1024);
/** Of many states only the last of each key stays: the smaller the slab, the less it keeps. */
const STATES = new FrameMemory(4 * 1024);

/**
 * An event of the log, encoded once; the bytes are shared by every connection that gets it. Thousands are kept, so it
 * holds what is asked of it later, and no text that a piece of the message from Redis would keep in memory.
 */
export class Frame implements Chunk {
  readonly seq: number;
  readonly event: EventName;
  /** What the event is about; null if about nothing in particular. */
  readonly key: string | null;
  readonly status: DownloadStatus | null;
  readonly previousStatus: DownloadStatus | null;
  /** A newer one of the same event and key replaces it. */
  readonly isState: boolean;
  readonly framed: Buffer;
  readonly size: number;

  constructor(epoch: string, { seq, event, key, status, previousStatus, data }: LogEvent) {
    this.seq = seq;
    this.event = event;
    this.key = key === null ? null : ownText(key);
    this.status = status;
    this.previousStatus = previousStatus;
    this.isState = !isFact(event);
    const memory = this.isState ? STATES : FACTS;
    const { framed, size } = memory.encode({ id: formatCursor({ epoch, seq }), event, data });
    this.framed = framed;
    this.size = size;
  }

  get topic(): Topic {
    return EVENTS[this.event].topic;
  }

  /** What a newer frame replaces it by; null for a fact, which nothing replaces. */
  get stateKey(): string | null {
    return this.isState ? `${this.event}:${this.key ?? ''}` : null;
  }

  get bytes(): Buffer {
    return withoutFraming(this.framed, this.size);
  }
}

/** A piece that was cut out of a longer text holds on to the whole of it. */
function ownText(piece: string): string {
  return Buffer.from(piece).toString();
}
