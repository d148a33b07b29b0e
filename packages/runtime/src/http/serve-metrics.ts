import type { FastifyInstance, FastifyRequest } from 'fastify';
import { isLoopback } from '../config.ts';
import { METRICS_CONTENT_TYPE, Metrics } from '../metrics.ts';
import { ProblemError } from '../problem-error.ts';

/** What a proxy adds to a request that it hands on. */
const FORWARDING_HEADERS = [
  'forwarded',
  'via',
  'x-forwarded-for',
  'x-forwarded-host',
  'x-forwarded-proto',
  'x-real-ip',
];

/**
 * Serves `GET /metrics` in a scope of its own, to whoever asks from this machine itself: it takes no credential, so for
 * all others it is not there.
 * @param services those that this process runs.
 */
export async function serveMetrics(app: FastifyInstance, services: readonly Metrics[]): Promise<void> {
  await app.register(async (scope) => {
    scope.get('/metrics', async (request, reply) => {
      if (!isFromHere(request)) throw new ProblemError('NOT_FOUND');
      return reply
        .type(METRICS_CONTENT_TYPE)
        .header('cache-control', 'no-store')
        .send(await Metrics.render(services));
    });
  });
}

/** The address of the connection, whatever proxies are trusted to say; the Host against DNS rebinding. */
function isFromHere({ raw, headers }: FastifyRequest): boolean {
  const address = raw.socket.remoteAddress?.replace(/^::ffff:/, '');
  if (address === undefined || !isLoopback(address)) return false;
  if (FORWARDING_HEADERS.some((header) => headers[header] !== undefined)) return false;
  const host = URL.parse(`http://${headers.host}`)?.hostname.replace(/^\[|\]$/g, '');
  return host !== undefined && isLoopback(host);
}
