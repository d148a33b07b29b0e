import type { Keyspace, ResetReason } from '@hermes/contracts';
import type { Redis } from 'ioredis';
import type { SeenPosition } from './epoch.ts';
import type { LogEvent } from './log-event.ts';

/** Called one at a time, in order. They must not throw: an event is handed over once. */
export interface FollowHandlers {
  /**
   * Events in order, strictly increasing, none missing but states that newer ones have replaced.
   * `position`: everything up to there has been handed over.
   */
  onEvents(events: LogEvent[], position: SeenPosition): void;
  /** What was followed cannot be continued; the next events come after `position`: all there are. */
  onReset(reason: Extract<ResetReason, 'trimmed' | 'epoch_changed'>, position: SeenPosition): void;
  /** Redis went away, or is back and caught up with. */
  onConnection(state: 'lost' | 'live'): void;
}

export interface FollowOptions {
  /** A connection of the role `patient` that nothing else uses: it will be in subscriber mode. */
  subscriber: Redis;
  /** A connection of the role `commands`. */
  commands: Redis;
  keys: Keyspace;
  /** Where to go on, with run id '' if that is not known; null: from where the log stands now. */
  from: SeenPosition | null;
  handlers: FollowHandlers;
  /** How often a quiet log is compared with its position in Redis. */
  verifyIntervalMs?: number;
  /** What makes no difference to the order of events but should be known. */
  onError?(error: Error): void;
}
