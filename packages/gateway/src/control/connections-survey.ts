import { randomUUID } from 'node:crypto';
import type { ConnectionInfo, GatewayMessage, Keyspace, ListConnectionsResponse } from '@hermes/contracts';
import type { Logger } from '@hermes/runtime';
import type { Redis } from 'ioredis';
import type { HeldStream } from '../delivery/held-stream.ts';
import type { ControlChannel } from './control-channel.ts';

/** A gateway that takes longer is left out, and counted. */
const WAIT_MS = 500;

export interface ConnectionsSurveyOptions {
  control: ControlChannel;
  commands: Redis;
  keys: Keyspace;
  logger: Logger;
  gatewayId: string;
  streams(): Iterable<HeldStream>;
}

interface Inquiry {
  answers: Map<string, ConnectionInfo[]>;
  /** How many gateways were asked; unknown until Redis has said. */
  asked: number;
  done(): void;
}

/** Asks all gateways for their streams, this one among them, and answers when another one asks. */
export class ConnectionsSurvey {
  readonly #options: ConnectionsSurveyOptions;
  readonly #inquiries = new Map<string, Inquiry>();

  constructor(options: ConnectionsSurveyOptions) {
    this.#options = options;
    options.control.listen({ onGatewayMessage: (message) => this.#onMessage(message) });
  }

  /** The streams of all gateways, as far as they answer in time. */
  async ask(): Promise<ListConnectionsResponse> {
    const { commands, keys, gatewayId } = this.#options;
    const requestId = randomUUID();
    const { promise, resolve } = Promise.withResolvers<void>();
    const inquiry: Inquiry = { answers: new Map(), asked: Number.POSITIVE_INFINITY, done: resolve };
    this.#inquiries.set(requestId, inquiry);
    const timer = setTimeout(resolve, WAIT_MS);
    try {
      const question: GatewayMessage = { type: 'list_connections', request_id: requestId, reply_to: gatewayId };
      inquiry.asked = await commands.publish(keys.gateways, JSON.stringify(question));
      if (inquiry.answers.size < inquiry.asked) await promise;
    } finally {
      clearTimeout(timer);
      this.#inquiries.delete(requestId);
    }
    const answers = [...inquiry.answers].sort(([a], [b]) => (a < b ? -1 : 1));
    return {
      items: answers.flatMap(([, items]) => items),
      gateways: {
        answered: answers.map(([id]) => id),
        silent: Math.max(0, inquiry.asked - answers.length),
      },
    };
  }

  #onMessage(message: GatewayMessage): void {
    if (message.type === 'list_connections') {
      this.#answer(message.request_id, message.reply_to);
      return;
    }
    const inquiry = this.#inquiries.get(message.request_id);
    if (inquiry === undefined) return;
    inquiry.answers.set(message.gateway_id, message.items);
    if (inquiry.answers.size >= inquiry.asked) inquiry.done();
  }

  #answer(requestId: string, replyTo: string): void {
    const { commands, keys, logger, gatewayId, streams } = this.#options;
    const now = performance.now();
    const items = [...streams()].map((stream) => describe(stream, gatewayId, now));
    const answer: GatewayMessage = { type: 'connections', request_id: requestId, gateway_id: gatewayId, items };
    commands
      .publish(keys.gateway(replyTo), JSON.stringify(answer))
      .catch((error) => logger.debug({ err: error }, 'The list of connections could not be sent'));
  }
}

function describe({ origin, topics, bytes, queueDepth, conflated }: HeldStream, gatewayId: string, now: number) {
  return {
    id: origin.id,
    gateway_id: gatewayId,
    key_name: origin.credential?.name ?? null,
    address: origin.address,
    topics: [...topics],
    age: Math.round(now - origin.openedAt) / 1000,
    bytes,
    queue_depth: queueDepth,
    conflated,
  } satisfies ConnectionInfo;
}
