import { type ClientHttp2Session, connect } from 'node:http2';
import { createParser } from 'eventsource-parser';
import type { ReceivedEvent } from '../support/test-stream.ts';

export interface TimedEvent extends ReceivedEvent {
  /** Of the wall clock, milliseconds. */
  receivedAt: number;
}

const RETRY_MS = 50;

/** A client over TLS and HTTP/2, which comes back with its last id whenever the stream ends, as a browser would. */
export class SecureStream {
  readonly events: TimedEvent[] = [];
  /** How often it has opened the stream. */
  opened = 0;
  /** What it was answered instead of a stream. */
  readonly refusals: number[] = [];
  readonly #url: URL;
  readonly #ca: string;
  readonly #headers: Record<string, string>;
  #session: ClientHttp2Session | null = null;
  #lastEventId: string | undefined;
  #isClosed = false;

  constructor(url: string, ca: string, headers: Record<string, string>) {
    this.#url = new URL(url);
    this.#ca = ca;
    this.#headers = headers;
    this.#open();
  }

  close(): void {
    this.#isClosed = true;
    this.#session?.destroy();
  }

  #open(): void {
    if (this.#isClosed) return;
    this.opened += 1;
    const session = connect(this.#url.origin, { ca: this.#ca });
    this.#session = session;
    // Whatever ends it, the answer is to come back.
    session.on('error', () => {});
    session.once('close', () => setTimeout(() => this.#open(), RETRY_MS));
    const request = session.request({
      ':path': `${this.#url.pathname}${this.#url.search}`,
      accept: 'text/event-stream',
      ...this.#headers,
      ...(this.#lastEventId === undefined ? {} : { 'last-event-id': this.#lastEventId }),
    });
    const parser = createParser({
      onEvent: ({ id, event = 'message', data }) => {
        this.#lastEventId = id ?? this.#lastEventId;
        this.events.push({ id, event, data: JSON.parse(data), receivedAt: Date.now() });
      },
    });
    const decoder = new TextDecoder();
    let isStream = false;
    request.on('response', (headers) => {
      isStream = headers[':status'] === 200;
      if (!isStream) this.refusals.push(Number(headers[':status']));
    });
    request.on('data', (chunk: Buffer) => {
      if (isStream) parser.feed(decoder.decode(chunk, { stream: true }));
    });
    request.on('error', () => {});
    request.once('close', () => session.close());
  }
}
