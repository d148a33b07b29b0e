import type { ControlMessage, Keyspace } from '@hermes/contracts';
import type { Redis } from 'ioredis';
import type { ControlChannel } from '../control/control-channel.ts';
import type { ConnectionRegistry } from '../delivery/connection-registry.ts';
import type { StreamOrigin } from '../delivery/held-stream.ts';
import { goneFromMirror } from './credential-mirror.ts';

/** How long a revocation is remembered: a request that was let in just before is still on its way to its stream. */
const REMEMBER_MS = 30_000;
/** After a flush the mirror may be filled in several steps. */
const COMPARE_AFTER_MS = 2000;

/**
 * Ends the streams of a credential as soon as it is revoked: told over the control channel, and compared with the
 * mirror after every reconnection, since a message may have been missed.
 */
export class Revocations {
  readonly #commands: Redis;
  readonly #keys: Keyspace;
  readonly #connections: ConnectionRegistry;
  /** What was revoked, by when it may be forgotten; in that order. */
  readonly #recent = new Map<string, number>();
  #timer: NodeJS.Timeout | undefined;
  #isClosed = false;

  constructor(control: ControlChannel, commands: Redis, keys: Keyspace, connections: ConnectionRegistry) {
    this.#commands = commands;
    this.#keys = keys;
    this.#connections = connections;
    control.listen({ onMessage: (message) => this.#onMessage(message), onBack: this.#compareSoon });
  }

  close(): void {
    clearTimeout(this.#timer);
    this.#isClosed = true;
  }

  /** Whether a credential that was just accepted has been revoked meanwhile. */
  isRevoked({ credential, credentialHash }: Pick<StreamOrigin, 'credential' | 'credentialHash'>): boolean {
    return this.#remembers(`key:${credential?.key_id}`) || this.#remembers(`hash:${credentialHash}`);
  }

  readonly #compareSoon = (): void => {
    clearTimeout(this.#timer);
    if (this.#isClosed) return;
    this.#timer = setTimeout(() => {
      // Redis is away again, or its mirror is: until it has been compared, a revocation may have been missed.
      this.#compare().then((done) => done || this.#compareSoon(), this.#compareSoon);
    }, COMPARE_AFTER_MS);
    this.#timer.unref();
  };

  /** Ends the streams whose credential the mirror has no more. */
  async #compare(): Promise<boolean> {
    const held = this.#connections.all();
    const hashes = new Set(held.flatMap(({ origin }) => origin.credentialHash ?? []));
    const gone = await goneFromMirror(this.#commands, this.#keys, [...hashes]);
    if (gone === null) return false;
    for (const stream of held) {
      if (stream.origin.credentialHash !== null && gone.has(stream.origin.credentialHash)) stream.end('revoked');
    }
    return true;
  }

  #onMessage(message: ControlMessage): void {
    if (message.type === 'revoke') this.#remember(`key:${message.key_id}`);
    else if (message.type === 'end_session') this.#remember(`hash:${message.sha256}`);
    else return;
    for (const stream of this.#connections.all()) if (this.isRevoked(stream.origin)) stream.end('revoked');
  }

  #remembers(what: string): boolean {
    return (this.#recent.get(what) ?? 0) > performance.now();
  }

  #remember(what: string): void {
    const now = performance.now();
    for (const [old, until] of this.#recent) {
      if (until > now) break;
      this.#recent.delete(old);
    }
    this.#recent.delete(what);
    this.#recent.set(what, now + REMEMBER_MS);
  }
}
