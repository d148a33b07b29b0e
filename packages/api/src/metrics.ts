import { POLLING_HEADER, POLLING_REASONS, type PollingReason } from '@hermes/contracts';
import { Metrics, seriesBy, type Tally } from '@hermes/runtime';
import type { FastifyInstance, FastifyRequest } from 'fastify';

const SECONDS = [0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 10];
const METHODS = ['GET', 'POST', 'PATCH', 'DELETE'];
/** A request that no route was made for: an unknown address, another method, a preflight. */
const OTHER = 'other';
const STATUS_CLASSES = ['2xx', '3xx', '4xx', '5xx'];

/** What the API measures. A route is named as it was declared, never as it was asked for. */
export class ApiMetrics {
  readonly metrics = new Metrics();
  readonly #requests: Tally<string>;
  readonly #durations: ReturnType<Metrics['histogramBy']>;
  readonly #polls: Tally<PollingReason>;
  readonly #routes = new Set<string>();

  /** @param projectionLag events between the newest fact and what the database has folded. */
  constructor(projectionLag: () => number) {
    this.#requests = this.metrics.tally('hermes_api_requests_total', 'Requests answered', ['route', 'status'], {});
    this.#durations = this.metrics.histogramBy(
      'hermes_api_request_duration_seconds',
      'From a request to the end of its answer',
      'route',
      SECONDS,
    );
    this.#polls = this.metrics.tally(
      'hermes_api_polls_total',
      'Requests of clients that have no event stream, as they say themselves',
      ['reason'],
      seriesBy('reason', POLLING_REASONS),
    );
    this.metrics.gauge(
      'hermes_api_projection_lag_events',
      'Events between the newest fact and what the database has folded',
      projectionLag,
    );
    this.#declare(OTHER);
  }

  /** Counts every request of this scope; to be called before its routes are made. */
  countRequests(app: FastifyInstance): void {
    app.addHook('onRoute', ({ method, url }) => {
      // Several methods at once are those that an address refuses.
      if (typeof method === 'string' && METHODS.includes(method)) this.#declare(`${method} ${url}`);
    });
    app.addHook('onResponse', async (request, reply) => {
      const route = this.#routeOf(request);
      this.#requests.add(`${route} ${String(reply.statusCode)[0]}xx`);
      this.#durations.observe(route, reply.elapsedTime / 1000);
      const reason = request.headers[POLLING_HEADER.toLowerCase()];
      if (reason !== undefined) this.#polls.add(POLLING_REASONS.find((known) => known === reason) ?? 'other');
    });
  }

  #routeOf({ method, routeOptions }: FastifyRequest): string {
    const route = `${method === 'HEAD' ? 'GET' : method} ${routeOptions.url}`;
    return this.#routes.has(route) ? route : OTHER;
  }

  #declare(route: string): void {
    this.#routes.add(route);
    for (const status of STATUS_CLASSES) this.#requests.declare(`${route} ${status}`, { route, status });
    this.#durations.declare(route);
  }
}
