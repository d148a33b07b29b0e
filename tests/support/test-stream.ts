import { createParser } from 'eventsource-parser';

export interface ReceivedEvent {
  id: string | undefined;
  event: string;
  data: Record<string, unknown>;
}

/** A client that we did not write reads the stream: the parser is the npm package `eventsource-parser`. */
export class TestStream {
  readonly response: Response;
  /** Everything received so far, in order. */
  readonly received: ReceivedEvent[] = [];
  retry: number | null = null;
  /** Resolves when the server has ended the stream or the connection broke. */
  readonly ended: Promise<void>;
  readonly #abort: AbortController;
  #read = 0;
  #wake: (() => void)[] = [];
  #isEnded = false;

  private constructor(response: Response, abort: AbortController) {
    this.response = response;
    this.#abort = abort;
    this.ended = this.#consume();
  }

  static async open(url: string, headers: Record<string, string>): Promise<TestStream> {
    const abort = new AbortController();
    const response = await fetch(url, {
      headers: { accept: 'text/event-stream', 'accept-encoding': 'identity', ...headers },
      signal: abort.signal,
    });
    return new TestStream(response, abort);
  }

  /** The id that a client would come back with. */
  get lastEventId(): string | undefined {
    return this.received.findLast((event) => event.id !== undefined)?.id;
  }

  get isEnded(): boolean {
    return this.#isEnded;
  }

  /**
   * The next event of that name, with these values in its data; skips others.
   * @throws when the stream ends or 10 s pass without it.
   */
  async next(name: string, data: Record<string, unknown> = {}): Promise<ReceivedEvent> {
    const deadline = performance.now() + 10_000;
    for (;;) {
      while (this.#read < this.received.length) {
        const event = this.received[this.#read] as ReceivedEvent;
        this.#read += 1;
        if (event.event === name && holds(event.data, data)) return event;
      }
      const seen = this.received
        .slice(-20)
        .map((event) => event.event)
        .join(', ');
      if (this.#isEnded) throw new Error(`The stream ended before ${name} came; it had … ${seen}`);
      if (performance.now() > deadline) throw new Error(`${name} did not come within 10 s; there were … ${seen}`);
      await this.#somethingHappens();
    }
  }

  close(): void {
    this.#abort.abort();
  }

  #somethingHappens(): Promise<void> {
    return new Promise((done) => {
      const timer = setTimeout(done, 1000);
      this.#wake.push(() => {
        clearTimeout(timer);
        done();
      });
    });
  }

  async #consume(): Promise<void> {
    const parser = createParser({
      onEvent: (message) => {
        this.received.push({ id: message.id, event: message.event ?? 'message', data: JSON.parse(message.data) });
      },
      onRetry: (retry) => {
        this.retry = retry;
      },
    });
    const decoder = new TextDecoder();
    try {
      for await (const chunk of this.response.body ?? []) {
        parser.feed(decoder.decode(chunk, { stream: true }));
        this.#notify();
      }
    } catch {
      // Broken off, by us or by the server: `isEnded` says so.
    }
    this.#isEnded = true;
    this.#notify();
  }

  #notify(): void {
    const wake = this.#wake;
    this.#wake = [];
    for (const call of wake) call();
  }
}

function holds(data: Record<string, unknown>, wanted: Record<string, unknown>): boolean {
  return Object.entries(wanted).every(([field, value]) => data[field] === value);
}
