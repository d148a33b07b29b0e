import type { Keyspace, SystemNotification } from '@hermes/contracts';
import { ensureEpoch, LogFollower, readAfter } from '@hermes/event-log';
import type { Logger } from '@hermes/runtime';
import type { Redis } from 'ioredis';
import type { HeldStream } from '../delivery/held-stream.ts';
import type { Hub } from '../hub/hub.ts';

/** Sequence numbers; a restart takes seconds, in which even a busy log does not get so far. */
const LOOK_BACK = 10_000;

/** How following the log goes. */
export interface FollowingNumbers {
  /** Events that Redis was ahead when last compared. */
  lag: number;
  backfills: number;
  ignored: number;
  reconnects: number;
}

export interface RedisSourceOptions {
  hub: Hub;
  subscriber: Redis;
  commands: Redis;
  keys: Keyspace;
  logger: Logger;
  streams(): Iterable<HeldStream>;
  /** Continuity is broken: every stream has to begin anew. */
  onReset(reason: 'trimmed' | 'epoch_changed'): void;
}

/** Feeds the hub with what the log tells, and tells the streams when the log cannot be followed. */
export class RedisSource {
  readonly #options: RedisSourceOptions;
  #follower: LogFollower | null = null;
  #wasLost = false;
  #reconnects = 0;

  constructor(options: RedisSourceOptions) {
    this.#options = options;
  }

  /** Whether the log is being followed. */
  get isLive(): boolean {
    return this.#follower?.isLive === true;
  }

  get following(): FollowingNumbers {
    const { lag = 0, backfills = 0, ignored = 0 } = this.#follower ?? {};
    return { lag, backfills, ignored, reconnects: this.#reconnects };
  }

  async start(): Promise<void> {
    const { hub, subscriber, commands, keys, logger, onReset } = this.#options;
    const now = await ensureEpoch(commands, keys, null);
    const { trimmed } = await readAfter(commands, keys, now.seq);
    // From a little back: the clients of a gateway that was restarted all come at once, and from there.
    const from = { ...now, seq: Math.max(now.epochSeq, trimmed, now.seq - LOOK_BACK) };
    // Before the first event: the window must not claim to hold what came before it.
    hub.reset(from);
    this.#follower = new LogFollower({
      subscriber,
      commands,
      keys,
      from,
      handlers: {
        onEvents: (events, position) => hub.publish(events, position),
        onReset: (reason, position) => {
          logger.warn({ reason, epoch: position.epoch, seq: position.seq }, 'The log cannot be continued');
          hub.reset(position);
          onReset(reason);
        },
        onConnection: (state) => this.#onConnection(state),
      },
      onError: (error) => logger.debug({ err: error }, 'Reading the log failed; trying again'),
    });
    await this.#follower.start();
  }

  close(): void {
    this.#follower?.close();
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
      this.#reconnects += 1;
      this.#options.logger.info('Redis is back; streams go on');
      this.#tell({ level: 'info', code: 'REDIS_RECOVERED', message: 'Live updates go on' });
    }
  }

  /** Of this gateway, not of the log: no id, so no client's cursor moves; and whatever its topics, since it concerns all. */
  #tell(notification: SystemNotification): void {
    for (const stream of this.#options.streams()) stream.notify(notification);
  }
}
