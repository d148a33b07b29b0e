import type { ServerResponse } from 'node:http';
import {
  type CONTROL_FRAMES,
  type ControlFrameName,
  type Credential,
  type Cursor,
  type Farewell,
  formatCursor,
  type SystemNotification,
} from '@hermes/contracts';
import type { z } from 'zod';
import { ConflatingFrames } from '../hub/conflating-frames.ts';
import type { Frame } from '../hub/frame.ts';
import type { Batch, Member } from '../hub/group.ts';
import type { Hub, Membership } from '../hub/hub.ts';
import type { Subscription } from '../hub/subscription.ts';
import { encodeFrame, encodeRetry } from '../sse/encode-frame.ts';
import type { Beating } from '../sse/heartbeat-wheel.ts';
import { StreamWriter } from '../sse/stream-writer.ts';

/** What a connection may cost and how long it may last. */
export interface ConnectionLimits {
  heartbeatMs: number;
  /** Bytes that may wait for a slow reader. */
  maxBuffer: number;
  /** How long a reader may take nothing while data wait. */
  slowTimeoutMs: number;
  maxAgeMs: number;
}

export interface ConnectionOrigin {
  id: string;
  address: string;
  credential: Credential | null;
  credentialHash: string | null;
}

/** Why the server ends a stream. */
export type EndReason = 'shutdown' | 'max_age' | 'revoked' | 'expired' | 'slow' | 'overflow';

const WRITE_SIZE = 64 * 1024;
const ABORT_AFTER_MS = 5000;

/**
 * One client's stream. Live batches go straight to the socket; while the client is behind, or has still to be told what
 * it missed, they wait in a queue of bounded size in which newer states replace older ones.
 */
export class Connection implements Member, Beating {
  readonly origin: ConnectionOrigin;
  readonly subscription: Subscription;
  readonly openedAt = performance.now();
  /** Resolves when the stream has ended, whoever ended it. */
  readonly closed: Promise<void>;
  conflated = 0;
  readonly #limits: ConnectionLimits;
  readonly #hub: Hub;
  readonly #writer: StreamWriter;
  readonly #queue = new ConflatingFrames();
  readonly #onEnd: (connection: Connection, reason: EndReason) => void;
  readonly #maxAgeMs: number;
  #membership: Membership | null;
  /** The newest sequence number that the client holds or is excused from. */
  #lastSeq = -1;
  #isLive = false;
  #isEnded = false;
  #waitingForDrain: (() => void)[] = [];

  constructor(options: {
    origin: ConnectionOrigin;
    subscription: Subscription;
    limits: ConnectionLimits;
    hub: Hub;
    response: ServerResponse;
    onEnd(connection: Connection, reason: EndReason): void;
  }) {
    this.origin = options.origin;
    this.subscription = options.subscription;
    this.#limits = options.limits;
    this.#hub = options.hub;
    this.#onEnd = options.onEnd;
    // Up to a tenth earlier, so that those who came together do not leave together.
    this.#maxAgeMs = options.limits.maxAgeMs * (0.9 + Math.random() / 10);
    this.#writer = new StreamWriter(options.response, () => this.#onDrain());
    this.closed = new Promise((done) => {
      options.response.once('close', () => {
        this.#leave();
        done();
      });
    });
    this.#membership = options.hub.join(options.subscription, this);
  }

  get isEnded(): boolean {
    return this.#isEnded;
  }

  get bytes(): number {
    return this.#writer.bytes;
  }

  get queueDepth(): number {
    return this.#queue.size;
  }

  deliver(batch: Batch): void {
    if (this.#isEnded) return;
    const first = batch.frames[0];
    if (this.#isLive && !this.#writer.isBlocked && first !== undefined && first.seq > this.#lastSeq) {
      this.#writer.write(batch.bytes);
      this.#lastSeq = (batch.frames.at(-1) ?? first).seq;
      return;
    }
    for (const frame of batch.frames) {
      if (frame.seq > this.#lastSeq && this.#queue.push(frame)) this.conflated += 1;
    }
    if (this.#queue.bytes > this.#limits.maxBuffer) this.end('overflow');
    else if (this.#isLive) this.#flushQueue();
  }

  /** A frame of the gateway itself. `cursor`: the client may come back with it. */
  send<Name extends ControlFrameName>(
    event: Name,
    data: z.input<(typeof CONTROL_FRAMES)[Name]>,
    cursor?: Cursor,
  ): void {
    this.sendBytes(encodeFrame({ ...(cursor ? { id: formatCursor(cursor) } : {}), event, data: JSON.stringify(data) }));
  }

  sendBytes(bytes: Buffer): void {
    if (!this.#isEnded) this.#writer.write(bytes);
  }

  /** A notice of this gateway alone; one that is behind has no use for it. */
  notify(notification: SystemNotification): void {
    if (this.#isLive && !this.#writer.isBlocked) {
      this.sendBytes(encodeFrame({ event: 'system_notification', data: JSON.stringify(notification) }));
    }
  }

  /** What the client missed, written as fast as it takes it. */
  async sendMissed(frames: readonly Frame[]): Promise<void> {
    let chunk: Buffer[] = [];
    let size = 0;
    for (const frame of frames) {
      if (frame.seq <= this.#lastSeq) continue;
      this.#lastSeq = frame.seq;
      chunk.push(frame.bytes);
      size += frame.bytes.length;
      if (size < WRITE_SIZE) continue;
      this.sendBytes(Buffer.concat(chunk));
      chunk = [];
      size = 0;
      await this.#untilDrained();
    }
    if (size > 0) this.sendBytes(Buffer.concat(chunk));
  }

  /** The client is told everything up to here, or need not be. */
  skipTo(seq: number): void {
    this.#lastSeq = seq;
  }

  /** What was queued meanwhile goes out, and from now on what comes does at once. */
  goLive(): void {
    this.#isLive = true;
    this.#flushQueue();
  }

  /** Continuity is broken: what waits is dropped, and live frames are queued until `goLive`. */
  suspend(): void {
    this.#isLive = false;
    this.#queue.clear();
    this.#lastSeq = -1;
  }

  beat(now: number): number {
    const { heartbeatMs, slowTimeoutMs } = this.#limits;
    const { credential } = this.origin;
    if (credential?.expires_at != null && Date.parse(credential.expires_at) <= Date.now()) this.end('expired');
    else if (this.#writer.blockedFor(now) > slowTimeoutMs) this.end('slow');
    else if (now - this.openedAt > this.#maxAgeMs) this.end('max_age');
    if (this.#isEnded) return heartbeatMs;
    const idleFor = now - this.#writer.lastWrite;
    const settled = this.#queue.size === 0 && this.#membership?.group.isSettled === true;
    if (idleFor >= heartbeatMs && this.#isLive && !this.#writer.isBlocked && settled) {
      // A topic on which nothing happens does not age: the client's cursor moves on with the log.
      this.send('heartbeat', { server_time: new Date().toISOString() }, this.#hub.position);
      this.#lastSeq = Math.max(this.#lastSeq, this.#hub.position.seq);
      return Math.min(heartbeatMs, 1000);
    }
    return Math.min(1000, Math.max(1, heartbeatMs - idleFor));
  }

  /** Says good-bye, and when to come back, and ends the stream. */
  end(reason: EndReason, retryAfterMs = jittered(1000)): void {
    if (this.#isEnded) return;
    if (!this.#writer.hasBegun) {
      this.#leave();
      this.#writer.abort();
      return;
    }
    const farewell: Farewell = { reason, retry_after_ms: Math.round(retryAfterMs) };
    const isAuth = reason === 'revoked' || reason === 'expired';
    this.sendBytes(encodeRetry(retryAfterMs));
    this.send(isAuth ? 'auth_expired' : 'draining', farewell);
    this.#leave();
    this.#onEnd(this, reason);
    if (reason === 'slow' || reason === 'overflow') {
      this.#writer.abort();
      return;
    }
    this.#writer.end();
    const timer = setTimeout(() => this.#writer.abort(), ABORT_AFTER_MS);
    timer.unref();
    void this.closed.then(() => clearTimeout(timer));
  }

  /** Leaves without a word: the stream never began, or its socket is gone. */
  abandon(): void {
    this.#leave();
  }

  #leave(): void {
    this.#isEnded = true;
    this.#membership?.leave();
    this.#membership = null;
    this.#queue.clear();
    this.#releaseDrainWaiters();
  }

  #onDrain(): void {
    this.#releaseDrainWaiters();
    if (this.#isLive) this.#flushQueue();
  }

  #flushQueue(): void {
    while (this.#queue.size > 0 && !this.#writer.isBlocked && !this.#isEnded) {
      const chunk: Buffer[] = [];
      let size = 0;
      while (size < WRITE_SIZE) {
        const frame = this.#queue.shift();
        if (frame === undefined) break;
        if (frame.seq <= this.#lastSeq) continue;
        this.#lastSeq = frame.seq;
        chunk.push(frame.bytes);
        size += frame.bytes.length;
      }
      if (size > 0) this.#writer.write(Buffer.concat(chunk, size));
    }
  }

  #untilDrained(): Promise<void> {
    if (!this.#writer.isBlocked || this.#isEnded) return Promise.resolve();
    return new Promise((done) => this.#waitingForDrain.push(done));
  }

  #releaseDrainWaiters(): void {
    const waiting = this.#waitingForDrain;
    this.#waitingForDrain = [];
    for (const done of waiting) done();
  }
}

/** From half to one and a half times the value: a thousand clients do not come back in the same moment. */
export function jittered(milliseconds: number): number {
  return milliseconds * (0.5 + Math.random());
}
