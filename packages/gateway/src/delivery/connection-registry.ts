import { ProblemError } from '@hermes/runtime';
import type { HeldStream, StreamOrigin } from './held-stream.ts';

export interface ConnectionCaps {
  total: number;
  perKey: number;
  perAddress: number;
}

const RETRY_AFTER_SECONDS = 5;

/** The streams that are open, and how many of them each credential and address holds. */
export class ConnectionRegistry {
  readonly #caps: ConnectionCaps;
  readonly #streams = new Set<HeldStream>();
  readonly #perKey = new Map<string, number>();
  readonly #perAddress = new Map<string, number>();

  constructor(caps: ConnectionCaps) {
    this.#caps = caps;
  }

  get size(): number {
    return this.#streams.size;
  }

  /** A copy: ending a stream takes it out. */
  all(): HeldStream[] {
    return [...this.#streams];
  }

  /** @throws {ProblemError} SSE_CAPACITY, saying which limit is reached. */
  checkCapacity(origin: Pick<StreamOrigin, 'address' | 'credential'>): void {
    const keyId = origin.credential?.key_id;
    if (this.#streams.size >= this.#caps.total) refuse('This server holds as many streams as it may');
    if (keyId !== undefined && (this.#perKey.get(keyId) ?? 0) >= this.#caps.perKey) {
      refuse('This credential holds as many streams as it may');
    }
    if ((this.#perAddress.get(origin.address) ?? 0) >= this.#caps.perAddress) {
      refuse('This address holds as many streams as it may');
    }
  }

  /** Until it is closed. */
  add(stream: HeldStream): void {
    const { address, credential } = stream.origin;
    this.#streams.add(stream);
    change(this.#perAddress, address, 1);
    if (credential !== null) change(this.#perKey, credential.key_id, 1);
    void stream.closed.then(() => {
      this.#streams.delete(stream);
      change(this.#perAddress, address, -1);
      if (credential !== null) change(this.#perKey, credential.key_id, -1);
    });
  }
}

function change(counts: Map<string, number>, key: string, by: 1 | -1): void {
  const count = (counts.get(key) ?? 0) + by;
  if (count === 0) counts.delete(key);
  else counts.set(key, count);
}

function refuse(detail: string): never {
  throw new ProblemError('SSE_CAPACITY', { detail, retryAfterSeconds: RETRY_AFTER_SECONDS });
}
