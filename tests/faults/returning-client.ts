import { Agent, type ClientRequest, request } from 'node:http';
import { createParser, type EventSourceMessage } from 'eventsource-parser';

const RETRY_MS = 50;

/** A client that comes back with its last id whenever its stream ends, and keeps account of what it was told. */
export class ReturningClient {
  /** `message` of every notification that the test has published, in the order they came. */
  readonly facts: string[] = [];
  /** Reasons of the resets, in the order they came. */
  readonly resets: string[] = [];
  /** Ids that were not greater than the one before, within one epoch. */
  readonly disordered: string[] = [];
  /** How often it was given a stream. */
  opened = 0;
  lastId: string | undefined;
  /** The server's clock, as it was told last; milliseconds. */
  serverTime = 0;
  readonly #url: string;
  readonly #headers: Record<string, string>;
  // A connection of its own each time: what is broken off is not used again.
  readonly #agent = new Agent({ keepAlive: false });
  #request: ClientRequest | null = null;
  #isClosed = false;

  constructor(url: string, headers: Record<string, string> = {}) {
    this.#url = url;
    this.#headers = headers;
    this.#open();
  }

  /** Resets the connection, wherever in a frame it is, and comes back. */
  breakOff(): void {
    this.#request?.socket?.resetAndDestroy();
  }

  close(): void {
    this.#isClosed = true;
    this.#request?.destroy();
  }

  #open(): void {
    if (this.#isClosed) return;
    const parser = createParser({ onEvent: (event) => this.#onEvent(event) });
    const decoder = new TextDecoder();
    const comeBack = () => setTimeout(() => this.#open(), RETRY_MS + Math.random() * RETRY_MS).unref();
    this.#request = request(this.#url, {
      agent: this.#agent,
      headers: {
        accept: 'text/event-stream',
        ...(this.lastId === undefined ? {} : { 'last-event-id': this.lastId }),
        ...this.#headers,
      },
    });
    this.#request.once('response', (response) => {
      const isStream = response.statusCode === 200;
      if (isStream) this.opened += 1;
      response.on('data', (chunk: Buffer) => {
        if (isStream) parser.feed(decoder.decode(chunk, { stream: true }));
      });
      response.on('error', () => {});
    });
    this.#request.on('error', () => {});
    this.#request.once('close', comeBack);
    this.#request.end();
  }

  #onEvent({ id, event, data }: EventSourceMessage): void {
    if (id !== undefined) {
      const isRepeatedByHeartbeat = event === 'heartbeat' && id === this.lastId;
      if (!isRepeatedByHeartbeat && isBehind(id, this.lastId)) this.disordered.push(`${this.lastId} → ${id}`);
      this.lastId = id;
    }
    if (event === 'heartbeat' || event === 'connected') this.serverTime = Date.parse(JSON.parse(data).server_time);
    if (event === 'reset') this.resets.push(JSON.parse(data).reason);
    if (event !== 'system_notification') return;
    const { code, message } = JSON.parse(data);
    if (code === 'LOAD') this.facts.push(message);
  }
}

/** Within one epoch; of two epochs neither is before the other. */
function isBehind(id: string, last: string | undefined): boolean {
  if (last === undefined) return false;
  const [epoch, seq] = id.split(':');
  const [lastEpoch, lastSeq] = last.split(':');
  return epoch === lastEpoch && Number(seq) <= Number(lastSeq);
}
