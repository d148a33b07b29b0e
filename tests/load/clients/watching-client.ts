import { Agent, type ClientRequest, request } from 'node:http';
import { type HermesApiError, networkError } from '../../../packages/client/src/api-error.ts';
import { DEFAULT_TIMING, decideReconnection } from '../../../packages/client/src/reconnect-policy.ts';
import { microseconds } from '../process/clock.ts';
import { type Sample, SampledStream } from './sampled-stream.ts';

/** What all clients of a run have lived through together. */
export class Account {
  attempts = 0;
  /** Attempts that were not answered by a stream. */
  failed = 0;
  /** Why, and how often. */
  readonly failures = new Map<string, number>();
  /** From losing a stream to having one again, milliseconds. */
  readonly absences: number[] = [];
  /** Of client time without a stream, milliseconds. */
  absentMs = 0;
}

/** Comes back when and as our own client does (its policy decides), and keeps account of it. */
export class WatchingClient {
  readonly #url: string;
  readonly #headers: Record<string, string>;
  readonly #account: Account;
  readonly #stream: SampledStream;
  #request: ClientRequest | null = null;
  #lostAt: number | null = null;
  #attempts = 0;
  #streak = 0;
  #baseDelayMs = DEFAULT_TIMING.baseDelayMs;
  #farewellDelayMs: number | null = null;
  #liveSince: number | null = null;
  #isClosed = false;
  #timer: NodeJS.Timeout | undefined;

  constructor(url: string, headers: Record<string, string>, account: Account, sample: Sample) {
    this.#url = url;
    this.#headers = headers;
    this.#account = account;
    this.#stream = new SampledStream(sample);
    this.#open();
  }

  get isLive(): boolean {
    return this.#liveSince !== null;
  }

  get lastN(): number {
    return this.#stream.lastN;
  }

  /** As when a laptop changes its network: the connection is gone, and the browser says that there is another. */
  changeNetwork(): void {
    this.#request?.socket?.resetAndDestroy();
  }

  close(): void {
    this.#isClosed = true;
    clearTimeout(this.#timer);
    this.#request?.destroy();
    if (this.#lostAt !== null) this.#account.absentMs += performance.now() - this.#lostAt;
  }

  #open(): void {
    if (this.#isClosed) return;
    this.#account.attempts += 1;
    this.#farewellDelayMs = null;
    this.#stream.forgetPartial();
    let error: HermesApiError | null = networkError(null);
    let reason = 'closed';
    const { lastId } = this.#stream;
    const call = request(this.#url, {
      agent: new Agent({ keepAlive: false }),
      headers: {
        accept: 'text/event-stream',
        ...(lastId === null ? {} : { 'last-event-id': lastId }),
        ...this.#headers,
      },
    });
    this.#request = call;
    call.once('response', (response) => {
      if (response.statusCode === 200) error = null;
      else reason = String(response.statusCode);
      response.setEncoding('utf8');
      response.on('data', (text: string) => {
        if (error !== null) {
          reason = /"code":"(\w+)"/.exec(text)?.[1] ?? reason;
          return;
        }
        this.#readControl(text);
        this.#stream.feed(text);
      });
      response.on('error', () => {});
    });
    call.on('error', (failure: NodeJS.ErrnoException) => {
      reason = failure.code ?? failure.message;
    });
    call.once('close', () => this.#onEnd(error, reason));
    call.end();
  }

  /** The fields that steer a client; frames are small and seldom torn just here. */
  #readControl(text: string): void {
    if (this.#liveSince === null && text.includes('event: connected')) {
      this.#liveSince = performance.now();
      // What was published while it was away comes late by that, which is counted as absence and not as latency.
      this.#stream.liveSince = microseconds();
      this.#attempts = 0;
      if (this.#lostAt !== null) {
        const absence = this.#liveSince - this.#lostAt;
        this.#account.absences.push(absence);
        this.#account.absentMs += absence;
        this.#lostAt = null;
      }
    }
    const retry = /^retry: ?(\d+)$/m.exec(text);
    if (retry !== null) this.#baseDelayMs = Number(retry[1]);
    const farewell = /^event: draining\ndata: (.*)$/m.exec(text);
    if (farewell !== null) this.#farewellDelayMs = JSON.parse(farewell[1] ?? '{}').retry_after_ms ?? null;
  }

  #onEnd(error: HermesApiError | null, reason: string): void {
    const now = performance.now();
    if (error !== null && !this.#isClosed) {
      this.#account.failed += 1;
      this.#account.failures.set(reason, (this.#account.failures.get(reason) ?? 0) + 1);
    }
    const wasLive = this.#liveSince !== null;
    const wasHealthy = this.#liveSince !== null && now - this.#liveSince >= DEFAULT_TIMING.stableAfterMs;
    this.#liveSince = null;
    this.#lostAt ??= now;
    this.#attempts = wasLive ? 0 : this.#attempts + 1;
    const decided = decideReconnection({
      ending: { error, farewellDelayMs: this.#farewellDelayMs },
      attempts: this.#attempts,
      streak: wasHealthy ? 0 : this.#streak,
      baseDelayMs: this.#baseDelayMs,
      hadAccess: true,
      timing: DEFAULT_TIMING,
      random: Math.random,
    });
    this.#streak = wasHealthy ? 1 : this.#streak + 1;
    if (decided.kind === 'stop') throw new Error('The key was refused');
    if (!this.#isClosed) this.#timer = setTimeout(() => this.#open(), decided.delayMs);
  }
}
