import { connect, type Socket } from 'node:net';
import { ChunkedBody } from './chunked-body.ts';
import type { SampledStream } from './sampled-stream.ts';

/** Where a stream is, and what says that it has begun. */
export interface StreamAddress {
  port: number;
  path: string;
  headers: Record<string, string>;
  /** Text in the body that means the client has all it needs to draw; null: the head of the response is enough. */
  liveMark: string | null;
}

/** All sockets are read into one buffer, one after the other: nothing is allocated while bytes come. */
const SHARED = Buffer.allocUnsafeSlow(256 * 1024);
const HEAD_END = '\r\n\r\n';

/** One client: a raw socket that speaks as much HTTP/1.1 as a stream needs. */
export class LoadClient {
  readonly #socket: Socket;
  readonly #address: StreamAddress;
  readonly #sampled: SampledStream | null;
  readonly #onLive: () => void;
  #head = '';
  #body: ChunkedBody | null = null;
  #isHeadRead = false;
  #tail = '';
  /** Of the body, since the last mark. */
  bytes = 0;
  isLive = false;
  isClosed = false;
  /** What the server said instead of a stream. */
  refusal: string | null = null;

  constructor(
    address: StreamAddress,
    sampled: SampledStream | null,
    handlers: { onLive(): void; onClose(client: LoadClient): void },
  ) {
    this.#address = address;
    this.#sampled = sampled;
    this.#onLive = handlers.onLive;
    this.#socket = connect({
      host: '127.0.0.1',
      port: address.port,
      noDelay: true,
      onread: { buffer: SHARED, callback: (count) => this.#onBytes(count) },
    });
    this.#socket.on('error', (error) => {
      this.refusal ??= error.message;
    });
    this.#socket.once('close', () => {
      this.isClosed = true;
      this.isLive = false;
      handlers.onClose(this);
    });
    const resume = sampled?.lastId ? { 'last-event-id': sampled.lastId } : {};
    this.#socket.write(requestHead(address, resume));
  }

  /** Stops reading for good. */
  pause(): void {
    this.#socket.pause();
  }

  close(isOrderly = false): void {
    // A reset leaves nothing behind, where an orderly end keeps the port for a minute.
    if (isOrderly) this.#socket.destroy();
    else this.#socket.resetAndDestroy();
  }

  #onBytes(count: number): boolean {
    if (this.#isHeadRead) this.#onBody(0, count);
    else this.#onHead(count);
    return true;
  }

  #onHead(count: number): void {
    const before = this.#head.length;
    this.#head += SHARED.toString('latin1', 0, count);
    const end = this.#head.indexOf(HEAD_END);
    if (end === -1) return;
    if (!this.#head.startsWith('HTTP/1.1 200')) {
      this.refusal = this.#head.slice(0, 400);
      this.close();
      return;
    }
    this.#isHeadRead = true;
    if (/^transfer-encoding: chunked/im.test(this.#head.slice(0, end))) this.#body = new ChunkedBody();
    if (this.#address.liveMark === null) this.#becomeLive();
    const from = end + HEAD_END.length - before;
    this.#head = '';
    if (from < count) this.#onBody(from, count);
  }

  #onBody(from: number, to: number): void {
    if (this.#body === null) this.#onData(from, to);
    else this.#body.feed(SHARED, from, to, this.#onData);
  }

  readonly #onData = (from: number, to: number): void => {
    this.bytes += to - from;
    if (this.#sampled === null && this.isLive) return;
    const text = SHARED.toString('latin1', from, to);
    if (!this.isLive) {
      const { liveMark } = this.#address;
      const seen = this.#tail + text;
      if (liveMark !== null && seen.includes(liveMark)) this.#becomeLive();
      this.#tail = this.isLive ? '' : seen.slice(-100);
    }
    this.#sampled?.feed(text);
  };

  #becomeLive(): void {
    this.isLive = true;
    this.#onLive();
  }
}

/** A client that asks for a stream and then never reads. */
export function openStalled(address: StreamAddress): Socket {
  const socket = connect({ host: '127.0.0.1', port: address.port });
  socket.pause();
  socket.on('error', () => {});
  socket.write(requestHead(address, {}));
  return socket;
}

function requestHead({ port, path, headers }: StreamAddress, more: Record<string, string>): string {
  const fields = { host: `127.0.0.1:${port}`, accept: 'text/event-stream', ...headers, ...more };
  const lines = Object.entries(fields).map(([name, value]) => `${name}: ${value}\r\n`);
  return `GET ${path} HTTP/1.1\r\n${lines.join('')}\r\n`;
}
