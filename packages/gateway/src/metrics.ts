import { PROBLEMS, type ProblemCode, RESET_REASONS, type ResetReason } from '@hermes/contracts';
import { Metrics, seriesBy, type Tally } from '@hermes/runtime';
import type { Connection } from './delivery/connection.ts';
import { END_REASONS, type EndReason } from './delivery/held-stream.ts';
import type { ResumePlan } from './delivery/resume.ts';
import { DispatchClock } from './hub/dispatch-clock.ts';
import type { FollowingNumbers } from './source/redis-source.ts';

const SECONDS_ALIVE = [1, 5, 15, 60, 300, 900, 1800, 3600, 7200];
const SECONDS_DISPATCHING = [0.0005, 0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5];
const SECONDS_UNDER_WAY = [0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30];

const RESUMES = {
  window: { source: 'window', outcome: 'resumed' },
  log: { source: 'log', outcome: 'resumed' },
  reset: { source: 'none', outcome: 'reset' },
} as const;

/** What a gateway knows at any moment, read when somebody asks. */
export interface GatewayState {
  streams(): number;
  isEnabled(): boolean;
  isDraining(): boolean;
  isLive(): boolean;
  following(): FollowingNumbers;
}

/**
 * What a gateway measures. What happens once an event and client is only ever added to a plain number of that
 * connection; the numbers of all connections are added up when somebody asks.
 */
export class GatewayMetrics {
  readonly metrics = new Metrics();
  readonly dispatchClock: DispatchClock;
  readonly refused: Tally<ProblemCode>;
  readonly resets: Tally<ResetReason>;
  snapshots = 0;
  readonly #resumes: Tally<keyof typeof RESUMES>;
  readonly #ended: Tally<EndReason | 'client'>;
  readonly #observeDuration: (seconds: number) => void;
  readonly #open = new Set<Connection>();
  /** Of connections that are no more. */
  readonly #past = { sent: 0, bytes: 0, conflated: 0 };

  constructor(state: GatewayState) {
    const { metrics } = this;
    metrics.gauge('hermes_gateway_connections', 'Streams that are open', () => state.streams());
    metrics.gauge('hermes_gateway_enabled', '1 while streams are switched on', () => Number(state.isEnabled()));
    metrics.gauge('hermes_gateway_draining', '1 while the gateway stops', () => Number(state.isDraining()));
    this.#observeDuration = metrics.histogram(
      'hermes_gateway_connection_duration_seconds',
      'How long streams lasted that have ended',
      SECONDS_ALIVE,
    );
    this.#ended = metrics.tally(
      'hermes_gateway_connections_ended_total',
      'Streams that have ended',
      ['reason'],
      seriesBy('reason', [...END_REASONS, 'client']),
    );
    this.refused = metrics.tally(
      'hermes_gateway_refused_total',
      'Requests to the events service that were refused',
      ['code'],
      seriesBy('code', Object.keys(PROBLEMS) as ProblemCode[]),
    );
    this.#countDelivery();
    this.#resumes = metrics.tally(
      'hermes_gateway_resumes_total',
      'Clients that came back with a cursor',
      ['source', 'outcome'],
      RESUMES,
    );
    this.resets = metrics.tally(
      'hermes_gateway_resets_total',
      'Streams that were told to start afresh',
      ['reason'],
      seriesBy('reason', RESET_REASONS),
    );
    metrics.counter('hermes_gateway_snapshots_total', 'Snapshots that were sent', () => this.snapshots);
    this.dispatchClock = new DispatchClock(
      metrics.histogram(
        'hermes_gateway_dispatch_seconds',
        'From an event coming from Redis to its being written to the last client; the slowest of each turn',
        SECONDS_DISPATCHING,
      ),
      metrics.histogram(
        'hermes_gateway_publish_to_write_seconds',
        'From a change of status being made to its being written to the last client; one a second at most',
        SECONDS_UNDER_WAY,
      ),
    );
    this.#countFollowing(state);
  }

  /** A stream that has begun, until it ends. */
  watch(connection: Connection): void {
    const openedAt = performance.now();
    this.#open.add(connection);
    void connection.closed.then(() => {
      this.#open.delete(connection);
      this.#past.sent += connection.sent;
      this.#past.bytes += connection.bytes;
      this.#past.conflated += connection.conflated;
      this.#ended.add(connection.endReason ?? 'client');
      this.#observeDuration((performance.now() - openedAt) / 1000);
    });
  }

  /** How a client that brought a cursor begins. */
  resumed(plan: ResumePlan): void {
    if (plan.kind === 'reset') this.#resumes.add('reset');
    else if (plan.kind === 'resume') this.#resumes.add(plan.firstPage === null ? 'window' : 'log');
  }

  #countDelivery(): void {
    const { metrics } = this;
    const open = () => [...this.#open];
    const total = (field: 'sent' | 'bytes' | 'conflated') => () =>
      open().reduce((sum, connection) => sum + connection[field], this.#past[field]);
    metrics.counter('hermes_gateway_events_sent_total', 'Events of the log, once for each client', total('sent'));
    metrics.counter('hermes_gateway_bytes_sent_total', 'Bytes of streams, as they went out', total('bytes'));
    metrics.counter(
      'hermes_gateway_conflated_total',
      'States that a newer one replaced while their reader was behind',
      total('conflated'),
    );
    metrics.gauge('hermes_gateway_queued_events', 'Events that wait for slow readers', () =>
      open().reduce((sum, { queueDepth }) => sum + queueDepth, 0),
    );
    metrics.gauge('hermes_gateway_queued_events_max', 'Events that wait for the slowest reader', () =>
      open().reduce((most, { queueDepth }) => Math.max(most, queueDepth), 0),
    );
  }

  #countFollowing(state: GatewayState): void {
    const { metrics } = this;
    metrics.gauge('hermes_gateway_redis_up', '1 while the log in Redis is followed', () => Number(state.isLive()));
    metrics.gauge(
      'hermes_gateway_redis_lag_events',
      'Events that Redis was ahead of the gateway when it last compared',
      () => state.following().lag,
    );
    metrics.counter(
      'hermes_gateway_redis_reconnects_total',
      'Times that Redis was lost and found again',
      () => state.following().reconnects,
    );
    metrics.counter(
      'hermes_gateway_backfills_total',
      'Reads of the log for what pub/sub had not brought',
      () => state.following().backfills,
    );
    metrics.counter(
      'hermes_gateway_ignored_messages_total',
      'Messages on our channels that the publish script did not write',
      () => state.following().ignored,
    );
  }
}
