import type { Keyspace, SystemNotification } from '@hermes/contracts';
import { LogFollower } from '@hermes/event-log';
import type { Logger } from '@hermes/runtime';
import type { Redis } from 'ioredis';
import type { Connection } from '../delivery/connection.ts';
import { Hub } from '../hub/hub.ts';

export interface RedisSourceOptions {
  subscriber: Redis;
  commands: Redis;
  keys: Keyspace;
  logger: Logger;
  connections(): Iterable<Connection>;
  /** Continuity is broken: every stream has to begin anew. */
  onReset(reason: 'trimmed' | 'epoch_changed'): void;
}

/** Feeds the hub with what the log tells, and tells the streams when the log cannot be followed. */
export class RedisSource {
  readonly hub = new Hub({ epoch: '', seq: 0 });
  readonly #options: RedisSourceOptions;
  readonly #follower: LogFollower;
  #wasLost = false;

  constructor(options: RedisSourceOptions) {
    this.#options = options;
    this.#follower = new LogFollower({
      subscriber: options.subscriber,
      commands: options.commands,
      keys: options.keys,
      from: null,
      handlers: {
        onEvents: (events, position) => this.hub.publish(events, position),
        onReset: (reason, position) => {
          options.logger.warn({ reason, epoch: position.epoch, seq: position.seq }, 'The log cannot be continued');
          this.hub.reset(position);
          options.onReset(reason);
        },
        onConnection: (state) => this.#onConnection(state),
      },
      onError: (error) => options.logger.debug({ err: error }, 'Reading the log failed; trying again'),
    });
  }

  get isLive(): boolean {
    return this.#follower.isLive;
  }

  async start(): Promise<void> {
    await this.#follower.start();
    if (this.hub.position.epoch === '') this.hub.reset(this.#follower.position);
  }

  close(): void {
    this.#follower.close();
  }

  #onConnection(state: 'lost' | 'live'): void {
    if (state === 'lost') {
      this.#wasLost = true;
      this.#options.logger.warn('Redis is away; streams stay open');
      this.#tell({
        level: 'warning',
        code: 'REDIS_UNAVAILABLE',
        message: 'Live updates are held up: the server cannot reach Redis at the moment',
      });
    } else if (this.#wasLost) {
      this.#wasLost = false;
      this.#options.logger.info('Redis is back; streams go on');
      this.#tell({ level: 'info', code: 'REDIS_RECOVERED', message: 'Live updates go on' });
    }
  }

  /** Of this gateway, not of the log: no id, so no client's cursor moves. */
  #tell(notification: SystemNotification): void {
    for (const connection of this.#options.connections()) {
      if (connection.subscription.topics.includes('system')) connection.notify(notification);
    }
  }
}
