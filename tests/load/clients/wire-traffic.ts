import type { CDPSession } from 'playwright-core';

export interface Exchange {
  path: string;
  type: string;
  /** Off the wire, heads included, as far as it has come. */
  bytes: number;
}

export interface Traffic {
  requests: number;
  bytes: number;
}

/** What a page takes off the wire, by the browser's own count. */
export class WireTraffic {
  readonly #exchanges = new Map<string, Exchange>();

  private constructor(devtools: CDPSession) {
    devtools.on('Network.requestWillBeSent', ({ requestId, request, type = 'Other', redirectResponse }) => {
      if (!request.url.startsWith('http')) return;
      const before = redirectResponse === undefined ? undefined : this.#exchanges.get(requestId);
      if (before !== undefined) this.#exchanges.set(`${requestId} ${before.path}`, before);
      this.#exchanges.set(requestId, { path: new URL(request.url).pathname, type, bytes: 0 });
    });
    devtools.on('Network.requestServedFromCache', ({ requestId }) => this.#exchanges.delete(requestId));
    const add = (requestId: string, bytes: number) => {
      const exchange = this.#exchanges.get(requestId);
      if (exchange !== undefined) exchange.bytes += bytes;
    };
    devtools.on('Network.responseReceived', ({ requestId, response }) => add(requestId, response.encodedDataLength));
    devtools.on('Network.dataReceived', ({ requestId, encodedDataLength }) => add(requestId, encodedDataLength));
    devtools.on('Network.loadingFinished', ({ requestId, encodedDataLength }) => {
      const exchange = this.#exchanges.get(requestId);
      if (exchange !== undefined) exchange.bytes = encodedDataLength;
    });
  }

  static async watch(devtools: CDPSession): Promise<WireTraffic> {
    await devtools.send('Network.enable');
    return new WireTraffic(devtools);
  }

  get exchanges(): readonly Exchange[] {
    return [...this.#exchanges.values()];
  }

  total(): Traffic {
    const { exchanges } = this;
    return { requests: exchanges.length, bytes: exchanges.reduce((sum, { bytes }) => sum + bytes, 0) };
  }
}
