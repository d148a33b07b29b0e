import type { Keyspace } from '@hermes/contracts';
import {
  type ControlMessage,
  controlMessageSchema,
  type GatewayMessage,
  gatewayMessageSchema,
} from '@hermes/contracts';
import type { Redis } from 'ioredis';
import type { z } from 'zod';

export interface ControlListener {
  onMessage?(message: ControlMessage): void;
  onGatewayMessage?(message: GatewayMessage): void;
  /** Listening again after Redis was away: a message may have been missed. */
  onBack?(): void;
}

/** What the services tell each other, and the gateways among themselves, over Redis. */
export class ControlChannel {
  readonly #subscriber: Redis;
  readonly #control: string;
  readonly #channels: readonly string[];
  readonly #listeners: ControlListener[] = [];

  /** @param subscriber a connection of the role `patient` that nothing else uses. */
  constructor(subscriber: Redis, keys: Keyspace, gatewayId: string) {
    this.#subscriber = subscriber;
    this.#control = keys.control;
    this.#channels = [keys.control, keys.gateways, keys.gateway(gatewayId)];
  }

  listen(listener: ControlListener): void {
    this.#listeners.push(listener);
  }

  async start(): Promise<void> {
    this.#subscriber.on('message', this.#onMessage);
    await this.#subscriber.subscribe(...this.#channels);
    this.#subscriber.on('ready', this.#onReady);
  }

  close(): void {
    this.#subscriber.off('message', this.#onMessage);
    this.#subscriber.off('ready', this.#onReady);
  }

  /** ioredis subscribes again by itself; doing it once more tells when that has happened. */
  readonly #onReady = (): void => {
    this.#subscriber.subscribe(...this.#channels).then(
      () => {
        for (const listener of this.#listeners) listener.onBack?.();
      },
      // Lost again before it had happened: the next time it is ready tells.
      () => {},
    );
  };

  readonly #onMessage = (channel: string, text: string): void => {
    if (channel === this.#control) {
      const message = parse(controlMessageSchema, text);
      if (message !== null) for (const listener of this.#listeners) listener.onMessage?.(message);
    } else {
      const message = parse(gatewayMessageSchema, text);
      if (message !== null) for (const listener of this.#listeners) listener.onGatewayMessage?.(message);
    }
  };
}

/** Null for what a service of another version, or a person with redis-cli, has said. */
function parse<Schema extends z.ZodType>(schema: Schema, text: string): z.output<Schema> | null {
  try {
    return schema.safeParse(JSON.parse(text)).data ?? null;
  } catch {
    return null;
  }
}
