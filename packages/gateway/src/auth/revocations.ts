import { controlMessageSchema, type Keyspace } from '@hermes/contracts';
import type { Redis } from 'ioredis';
import type { ConnectionRegistry } from '../delivery/connection-registry.ts';
import { stillMirrored } from './credential-mirror.ts';

/**
 * Ends the streams of a credential as soon as it is revoked: told over the control channel, and compared with the
 * mirror after every reconnection, since a message may have been missed.
 */
export class Revocations {
  readonly #subscriber: Redis;
  readonly #commands: Redis;
  readonly #keys: Keyspace;
  readonly #connections: ConnectionRegistry;

  constructor(subscriber: Redis, commands: Redis, keys: Keyspace, connections: ConnectionRegistry) {
    this.#subscriber = subscriber;
    this.#commands = commands;
    this.#keys = keys;
    this.#connections = connections;
  }

  async start(): Promise<void> {
    this.#subscriber.on('message', this.#onMessage);
    this.#subscriber.on('ready', this.#onReady);
    await this.#subscriber.subscribe(this.#keys.control);
  }

  close(): void {
    this.#subscriber.off('message', this.#onMessage);
    this.#subscriber.off('ready', this.#onReady);
  }

  /** Ends the streams whose credential the mirror has no more. */
  async compare(): Promise<void> {
    const held = this.#connections.all().filter(({ origin }) => origin.credentialHash !== null);
    const hashes = [...new Set(held.map(({ origin }) => origin.credentialHash as string))];
    const known = await stillMirrored(this.#commands, this.#keys, hashes);
    const gone = new Set(hashes.filter((_, index) => known[index] === false));
    for (const connection of held) {
      if (gone.has(connection.origin.credentialHash as string)) connection.end('revoked');
    }
  }

  readonly #onReady = (): void => {
    // The mirror may be empty for a moment after a flush, until the API has filled it again.
    setTimeout(() => void this.compare().catch(() => {}), 2000).unref();
  };

  readonly #onMessage = (_channel: string, message: string): void => {
    const control = controlMessageSchema.safeParse(parse(message));
    if (!control.success) return;
    for (const connection of this.#connections.all()) {
      const { credential, credentialHash } = connection.origin;
      const revoked = control.data.type === 'revoke' && credential?.key_id === control.data.key_id;
      const loggedOut = control.data.type === 'end_session' && credentialHash === control.data.sha256;
      if (revoked || loggedOut) connection.end('revoked');
    }
  };
}

function parse(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return null;
  }
}
