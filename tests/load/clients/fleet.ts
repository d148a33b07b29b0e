import type { Socket } from 'node:net';
import { type IntervalHistogram, monitorEventLoopDelay } from 'node:perf_hooks';
import { setTimeout as delay } from 'node:timers/promises';
import { microseconds } from '../process/clock.ts';
import { LoadClient, openStalled, type StreamAddress } from './load-client.ts';
import { quantile, sorted } from './quantile.ts';
import { Sample, SampledStream } from './sampled-stream.ts';

export interface OpenOptions {
  address: StreamAddress;
  /** One for each client; else all take `address`. */
  addresses?: StreamAddress[];
  count: number;
  /** How many of them are read in full, spread evenly. */
  sampled: number;
  /** How many may be on their way at once. */
  concurrency: number;
  /** Come back when the server goes away, from where they were. */
  reconnects?: boolean;
  timeoutMs: number;
}

export interface FleetReading {
  open: number;
  /** Events, over all clients. */
  deliveries: number;
  /** Clients that hold less than the sampled ones. */
  behind: number;
  events: number;
  missing: number;
  repeated: number;
  disordered: number;
  frameBytes: number;
  /** Of all responses, without the chunk framing. */
  bodyBytes: number;
  p50Ms: number;
  p95Ms: number;
  p99Ms: number;
  maxMs: number;
  /** Of this process: share of a core, and how late its event loop was. */
  cpuShare: number;
  loopLagP99Ms: number;
}

interface Slot {
  client: LoadClient | null;
  sampled: SampledStream | null;
  address: StreamAddress;
}

/** The clients of one server. */
export class Fleet {
  readonly #sample = new Sample();
  #slots: Slot[] = [];
  #stalled: Socket[] = [];
  #isClosing = false;
  #lag: IntervalHistogram = monitorEventLoopDelay({ resolution: 1 });
  #markedAt = microseconds();
  #markedCpu = process.cpuUsage();

  /** Resolves when all are live, have been refused, or time is up. */
  async open(options: OpenOptions): Promise<{ live: number; seconds: number; refusal: string | null }> {
    const { concurrency, reconnects = false, timeoutMs } = options;
    this.#isClosing = false;
    const missing = this.#fillSlots(options);
    const startedAt = microseconds();
    let live = 0;
    let refusal: string | null = null;
    const openOneByOne = async () => {
      for (let slot = missing.pop(); slot !== undefined; slot = missing.pop()) {
        const failure = await this.#connect(slot, reconnects);
        if (failure === null) live += 1;
        else refusal ??= failure;
      }
    };
    const all = Promise.all(Array.from({ length: concurrency }, openOneByOne));
    const timeUp = new AbortController();
    await Promise.race([all, delay(timeoutMs, null, { signal: timeUp.signal })]);
    timeUp.abort();
    return { live, seconds: (microseconds() - startedAt) / 1e6, refusal };
  }

  /** Clients that never read. */
  async stall({ address, count }: { address: StreamAddress; count: number }): Promise<void> {
    for (let n = 0; n < count; n++) {
      this.#stalled.push(openStalled(address));
      if (n % 50 === 49) await delay(20);
    }
  }

  /** Counts from here. */
  async mark(_: null): Promise<void> {
    this.#sample.clear();
    for (const { client, sampled } of this.#slots) {
      if (client !== null) client.bytes = 0;
      sampled?.clear();
    }
    this.#lag.disable();
    this.#lag = monitorEventLoopDelay({ resolution: 1 });
    this.#lag.enable();
    this.#markedCpu = process.cpuUsage();
    this.#markedAt = microseconds();
  }

  /**
   * Waits until every client has what was published.
   * @param lastN the number of the newest event; null: until `events` have come to the sampled clients together.
   */
  async settle({
    lastN,
    events,
    timeoutMs,
  }: {
    lastN: number | null;
    events: number;
    timeoutMs: number;
  }): Promise<{ settled: boolean; at: number }> {
    const deadline = microseconds() + timeoutMs * 1000;
    for (;;) {
      const complete =
        lastN === null
          ? this.#sample.events >= events
          : this.#slots.every(({ sampled }) => sampled === null || sampled.lastN >= lastN) && this.#behind() === 0;
      const at = microseconds();
      if (complete || at > deadline) return { settled: complete, at };
      await delay(10);
    }
  }

  async read(_: null): Promise<FleetReading> {
    const cpu = process.cpuUsage(this.#markedCpu);
    const seconds = (microseconds() - this.#markedAt) / 1e6;
    const { latenciesUs, events, bytes, missing, repeated, disordered } = this.#sample;
    const latencies = sorted(latenciesUs);
    const frameBytes = events === 0 ? 0 : bytes / events;
    let total = 0;
    let bodyBytes = 0;
    for (const { client, sampled } of this.#slots) {
      total += sampled?.bytes ?? client?.bytes ?? 0;
      bodyBytes += client?.bytes ?? 0;
    }
    const lag = this.#lag.percentile(99) / 1e6;
    return {
      open: this.#slots.filter(({ client }) => client?.isLive).length,
      deliveries: frameBytes === 0 ? 0 : Math.round(total / frameBytes),
      behind: this.#behind(),
      events,
      missing,
      repeated,
      disordered,
      frameBytes: Math.round(frameBytes),
      bodyBytes,
      p50Ms: quantile(latencies, 0.5) / 1000,
      p95Ms: quantile(latencies, 0.95) / 1000,
      p99Ms: quantile(latencies, 0.99) / 1000,
      maxMs: quantile(latencies, 1) / 1000,
      cpuShare: (cpu.user + cpu.system) / 1e6 / seconds,
      loopLagP99Ms: Number.isFinite(lag) ? lag : 0,
    };
  }

  async close(_: null): Promise<void> {
    this.#isClosing = true;
    for (const { client } of this.#slots) client?.close();
    for (const socket of this.#stalled) socket.resetAndDestroy();
    this.#slots = [];
    this.#stalled = [];
  }

  /** How many clients were sent less than those that are read in full, or are gone. */
  #behind(): number {
    let expected = 0;
    for (const { sampled } of this.#slots) expected = Math.max(expected, sampled?.bytes ?? 0);
    return this.#slots.filter(({ client, sampled }) => (sampled?.bytes ?? client?.bytes ?? 0) < expected).length;
  }

  /** @returns the slots that have no client which is live. */
  #fillSlots({ address, addresses, count, sampled }: OpenOptions): Slot[] {
    const every = Math.max(1, Math.floor(count / Math.max(1, sampled)));
    const missing: Slot[] = [];
    for (let index = 0; index < count; index++) {
      const kept = this.#slots[index];
      if (kept?.client?.isLive) continue;
      kept?.client?.close();
      const isSampled = index % every === 0 && index / every < sampled;
      const slot: Slot = {
        client: null,
        sampled: isSampled ? new SampledStream(this.#sample) : null,
        address: addresses?.[index] ?? address,
      };
      this.#slots[index] = slot;
      missing.push(slot);
    }
    return missing;
  }

  /** Resolves with null when the client is live, or with what it was told instead. */
  #connect(slot: Slot, reconnects: boolean): Promise<string | null> {
    slot.sampled?.forgetPartial();
    return new Promise((done) => {
      slot.client = new LoadClient(slot.address, slot.sampled, {
        onLive: () => done(null),
        onClose: (client) => {
          done(client.refusal ?? 'closed');
          if (!reconnects || this.#isClosing || !this.#slots.includes(slot)) return;
          // As a browser would if it were told to come back soon: not all in the same moment.
          setTimeout(() => void this.#connect(slot, reconnects), 50 + Math.random() * 200);
        },
      });
    });
  }
}
