import { LoadClient, type StreamAddress } from './load-client.ts';

/** How a client behaves that does not stay. */
const WAYS = ['leaves', 'breaks off', 'never reads'] as const;

/**
 * Clients that come and go for as long as it runs: some leave in good order, some in the middle of a frame, some stop
 * reading and are waited out.
 */
export class ComingAndGoing {
  opened = 0;
  /** Those that got no stream. */
  refused = 0;
  refusal: string | null = null;
  readonly #address: StreamAddress;
  readonly #timer: NodeJS.Timeout;
  readonly #present = new Set<LoadClient>();

  constructor(address: StreamAddress, perSecond: number) {
    this.#address = address;
    this.#timer = setInterval(() => this.#come(), 1000 / perSecond);
  }

  async close(): Promise<void> {
    clearInterval(this.#timer);
    for (const client of this.#present) client.close();
  }

  #come(): void {
    const way = WAYS[this.opened % WAYS.length];
    this.opened += 1;
    const client = new LoadClient(this.#address, null, {
      onLive: () => {
        if (way === 'never reads') client.pause();
      },
      onClose: () => {
        this.#present.delete(client);
        if (client.refusal === null) return;
        this.refused += 1;
        this.refusal = client.refusal;
      },
    });
    this.#present.add(client);
    const staysMs = way === 'never reads' ? 10_000 : Math.random() * 4000;
    setTimeout(() => client.close(way === 'leaves'), staysMs);
  }
}
