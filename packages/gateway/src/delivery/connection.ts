import type { ServerResponse } from 'node:http';
import {
  type CONTROL_FRAMES,
  type ControlFrameName,
  type Cursor,
  formatCursor,
  type SystemNotification,
} from '@hermes/contracts';
import type { z } from 'zod';
import { ConflatingFrames } from '../hub/conflating-frames.ts';
import type { Frame } from '../hub/frame.ts';
import type { Batch, Group, Member } from '../hub/group.ts';
import type { Hub } from '../hub/hub.ts';
import type { Subscription } from '../hub/subscription.ts';
import type { Compressor } from '../sse/content-coding.ts';
import { encodeFrame } from '../sse/encode-frame.ts';
import type { Beating } from '../sse/heartbeat-wheel.ts';
import { StreamWriter } from '../sse/stream-writer.ts';
import { encodeFarewell } from './farewell.ts';
import type { EndReason, HeldStream, StreamOrigin } from './held-stream.ts';
import { COME_BACK_MS, jittered, lookAgainIn, StreamDeadlines, type StreamLimits } from './stream-limits.ts';

const WRITE_SIZE = 64 * 1024;
/** A beat comes up to a second apart from when it is due; half of that early is better than all of it late. */
const EARLY_MS = 500;
/** At one that is behind, or not live yet. */
const LOOK_AGAIN_MS = 1000;

/**
 * One client's stream. Until it is live it is sent what it missed; from then on batches go straight to the socket, and
 * while the client is behind they wait in a queue of bounded size in which newer states replace older ones.
 */
export class Connection implements Member, Beating, HeldStream {
  readonly origin: StreamOrigin;
  readonly subscription: Subscription;
  readonly closed: Promise<void>;
  conflated = 0;
  /** Events of the log that were written. */
  sent = 0;
  readonly #limits: StreamLimits;
  readonly #deadlines: StreamDeadlines;
  readonly #hub: Hub;
  readonly #writer: StreamWriter;
  readonly #queue = new ConflatingFrames();
  readonly #onEnd: (connection: Connection, reason: EndReason) => void;
  /** Null once it has left. */
  #group: Group | null;
  /** The newest sequence number that the client holds or is excused from. */
  #lastSeq = -1;
  /** Which bringing-up is in charge; an earlier one that is still waiting for something has no say any more. */
  #turn = 0;
  #isGreeted = false;
  #isLive = false;
  #isEnded = false;
  /** Waits until the client takes something again. */
  #notice: Buffer | null = null;
  endReason: EndReason | null = null;

  constructor(options: {
    origin: StreamOrigin;
    subscription: Subscription;
    limits: StreamLimits;
    hub: Hub;
    response: ServerResponse;
    onEnd(connection: Connection, reason: EndReason): void;
  }) {
    this.origin = options.origin;
    this.#limits = options.limits;
    this.#deadlines = new StreamDeadlines(options.limits);
    this.#hub = options.hub;
    this.#onEnd = options.onEnd;
    this.#writer = new StreamWriter(options.response, () => this.#onDrain());
    this.closed = new Promise((done) => {
      options.response.once('close', () => {
        this.abandon();
        done();
      });
    });
    this.#group = options.hub.join(options.subscription, this);
    // That of the group: one for all who want the same.
    this.subscription = this.#group.subscription;
  }

  get isEnded(): boolean {
    return this.#isEnded;
  }

  /** `connected` has been sent: there is a stream to write to. */
  get isGreeted(): boolean {
    return this.#isGreeted;
  }

  get topics(): readonly string[] {
    return this.subscription.topics;
  }

  get bytes(): number {
    return this.#writer.bytes;
  }

  /** How many frames wait for the client. */
  get queueDepth(): number {
    return this.#queue.size;
  }

  /** Brings the stream up (anew): what comes is not delivered until `goLive`, but found in the window. */
  begin(): number {
    this.#turn += 1;
    this.#isLive = false;
    this.#queue.clear();
    this.#lastSeq = -1;
    return this.#turn;
  }

  /** Whether the bringing-up of that number is still in charge. */
  isCurrent(turn: number): boolean {
    return turn === this.#turn && !this.#isEnded;
  }

  /** Everything that is sent goes through it; before `greet` only. */
  compressWith(compressor: Compressor): void {
    this.#writer.compressWith(compressor);
  }

  greet(data: z.input<(typeof CONTROL_FRAMES)['connected']>): void {
    this.#isGreeted = true;
    this.send('connected', data);
  }

  /** A frame of the gateway itself. `cursor`: the client may come back with it. */
  send<Name extends ControlFrameName>(
    event: Name,
    data: z.input<(typeof CONTROL_FRAMES)[Name]>,
    cursor?: Cursor,
  ): void {
    this.#write(encodeFrame({ ...(cursor ? { id: formatCursor(cursor) } : {}), event, data: JSON.stringify(data) }));
  }

  notify(notification: SystemNotification): void {
    if (this.#isEnded || !this.#isGreeted) return;
    const bytes = encodeFrame({ event: 'system_notification', data: JSON.stringify(notification) });
    // Of what a client that is behind would be told late, only the newest is still true.
    if (this.#writer.isBlocked) this.#notice = bytes;
    else this.#write(bytes);
  }

  /** Bytes that were put together beforehand, one piece after the other, as fast as the client takes them. */
  async sendPages(turn: number, pages: readonly Buffer[]): Promise<void> {
    for (const page of pages) {
      if (!this.isCurrent(turn)) return;
      this.#write(page);
      await this.#writer.untilDrained();
    }
  }

  /** What the client missed, as fast as it takes it. */
  async sendMissed(turn: number, frames: readonly Frame[]): Promise<void> {
    for (let from = 0; from < frames.length && this.isCurrent(turn); ) {
      const chunk: Buffer[] = [];
      for (let size = 0; from < frames.length && size < WRITE_SIZE; from++) {
        const { bytes } = frames[from] as Frame;
        chunk.push(bytes);
        size += bytes.length;
      }
      this.sent += chunk.length;
      this.#write(Buffer.concat(chunk));
      await this.#writer.untilDrained();
    }
  }

  /** The client has been told everything up to here; from now on it is told what comes, when it comes. */
  goLive(turn: number, seq: number): void {
    if (!this.isCurrent(turn)) return;
    this.#lastSeq = seq;
    this.#isLive = true;
  }

  deliver(batch: Batch): void {
    if (!this.#isLive) return;
    const first = batch.frames[0];
    if (!this.#writer.isBlocked && first !== undefined && first.seq > this.#lastSeq) {
      this.#writer.writeChunk(batch.chunk, batch.at);
      this.sent += batch.frames.length;
      this.#lastSeq = (batch.frames.at(-1) ?? first).seq;
      return;
    }
    for (const frame of batch.frames) {
      if (frame.seq > this.#lastSeq && this.#queue.push(frame)) this.conflated += 1;
    }
    if (this.#queue.bytes > this.#limits.maxBuffer) this.end('overflow');
    else this.#flushQueue();
  }

  beat(now: number): number {
    const passed = this.#deadlines.passed(now, this.#writer.blockedFor(now));
    if (passed !== null) this.end(passed);
    if (this.#isEnded || !this.#isLive || this.#writer.isBlocked) return LOOK_AGAIN_MS;
    const idleFor = now - this.#writer.lastWrite;
    if (idleFor < this.#limits.heartbeatMs - EARLY_MS) return lookAgainIn(this.#limits, idleFor);
    const isSettled = this.#queue.size === 0 && this.#group?.isSettled === true;
    if (!isSettled) return LOOK_AGAIN_MS;
    this.sendPosition();
    return lookAgainIn(this.#limits, 0);
  }

  /** A topic on which nothing happens does not age: the client's cursor moves on with the log. */
  sendPosition(): void {
    const { epoch, seq } = this.#hub.position;
    // A client that comes from another gateway may be a moment ahead of this one.
    this.#lastSeq = Math.max(this.#lastSeq, seq);
    this.send('heartbeat', { server_time: new Date().toISOString() }, { epoch, seq: this.#lastSeq });
  }

  /** Says good-bye, and when to come back, and ends the stream. One that was not greeted is answered by its opener. */
  end(reason: EndReason, retryAfterMs = jittered(COME_BACK_MS)): void {
    if (this.#isEnded) return;
    this.endReason = reason;
    if (!this.#isGreeted) {
      this.abandon();
      return;
    }
    this.#write(encodeFarewell(reason, retryAfterMs));
    this.#onEnd(this, reason);
    this.abandon();
    if (reason === 'slow' || reason === 'overflow') this.#writer.abort();
    else this.#writer.end(reason === 'shutdown');
  }

  /** Leaves without a word: the stream never began, or its socket is gone. */
  abandon(): void {
    this.#isEnded = true;
    this.#isLive = false;
    if (this.#group !== null) this.#hub.leave(this.#group, this);
    this.#group = null;
    this.#queue.clear();
    this.#writer.release();
  }

  #write(bytes: Buffer): void {
    if (!this.#isEnded) this.#writer.write(bytes);
  }

  #onDrain(): void {
    if (this.#notice !== null) this.#write(this.#notice);
    this.#notice = null;
    this.#flushQueue();
  }

  #flushQueue(): void {
    while (this.#queue.size > 0 && !this.#writer.isBlocked) {
      const chunk: Buffer[] = [];
      for (let size = 0; size < WRITE_SIZE; ) {
        const frame = this.#queue.shift();
        if (frame === undefined) break;
        this.#lastSeq = frame.seq;
        chunk.push(frame.bytes);
        size += frame.size;
      }
      this.sent += chunk.length;
      this.#write(Buffer.concat(chunk));
    }
  }
}
