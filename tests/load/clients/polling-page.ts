import { Agent, request } from 'node:http';
import { gzipSync } from 'node:zlib';

/** What a page asks for, and how often, in milliseconds. */
export interface PolledRoute {
  path: string;
  intervalMs: number;
}

/** One page that polls as the web app used to before there were streams. */
export class PollingPage {
  requests = 0;
  failed = 0;
  /** Why, the last time. */
  failure = '';
  /** Of the bodies, and of what they come down to with gzip, each by itself. */
  bodyBytes = 0;
  gzipBytes = 0;
  readonly #agent = new Agent({ keepAlive: true, maxSockets: 6 });
  readonly #timers: NodeJS.Timeout[] = [];

  /** @param isWeighed whether to compress what comes, to know what it would weigh; costs time. */
  constructor(origin: string, headers: Record<string, string>, routes: readonly PolledRoute[], isWeighed: boolean) {
    for (const { path, intervalMs } of routes) {
      const poll = () => this.#poll(`${origin}${path}`, headers, isWeighed);
      // Pages are not opened in the same moment.
      const start = setTimeout(() => {
        poll();
        this.#timers.push(setInterval(poll, intervalMs));
      }, Math.random() * intervalMs);
      this.#timers.push(start);
    }
  }

  close(): void {
    for (const timer of this.#timers) clearTimeout(timer);
    this.#agent.destroy();
  }

  #poll(url: string, headers: Record<string, string>, isWeighed: boolean): void {
    this.requests += 1;
    const call = request(url, { agent: this.#agent, headers }, (response) => {
      if (response.statusCode !== 200) {
        this.failed += 1;
        this.failure = String(response.statusCode);
      }
      const chunks: Buffer[] = [];
      response.on('data', (chunk: Buffer) => {
        this.bodyBytes += chunk.length;
        if (isWeighed) chunks.push(chunk);
      });
      response.once('end', () => {
        if (isWeighed) this.gzipBytes += gzipSync(Buffer.concat(chunks)).length;
      });
      response.on('error', () => {});
    });
    call.on('error', ({ message }) => {
      this.failed += 1;
      this.failure = message;
    });
    call.end();
  }
}
