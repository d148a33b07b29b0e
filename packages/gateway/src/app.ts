import { answerProblems, serveMetrics, serverOptions } from '@hermes/runtime';
import { type FastifyInstance, fastify } from 'fastify';
import type { Gateway, GatewayOptions } from './gateway.ts';

/** A server for the events service alone; `listen` and `close` are the caller's. Closing it drains and closes the gateway. */
export async function buildGatewayApp(
  { config, logger }: Pick<GatewayOptions, 'config' | 'logger'>,
  gateway: Gateway,
): Promise<FastifyInstance> {
  // Once the streams are drained nothing is left that is worth waiting for: browsers keep connections open in reserve, on
  // which nothing was ever asked, and a server would wait a minute for them.
  const app = fastify({ ...serverOptions(config, logger), forceCloseConnections: true });
  answerProblems(app);
  await serveMetrics(app, [gateway.metrics]);
  await app.register(gateway.plugin);
  app.addHook('preClose', () => {
    // From the first moment of the drain on a proxy is to be refused the connection, and so to try the next gateway: an
    // answer that says no would be handed on to the client.
    app.server.close();
    return gateway.drain();
  });
  app.addHook('onClose', () => gateway.close());
  return app;
}
