import { answerProblems, serverOptions } from '@hermes/runtime';
import fastify, { type FastifyInstance } from 'fastify';
import { createGateway, type Gateway, type GatewayOptions } from './gateway.ts';

/** The events service as a server of its own; `listen` and `close` are the caller's. */
export async function buildGatewayApp(options: GatewayOptions): Promise<{ app: FastifyInstance; gateway: Gateway }> {
  const gateway = await createGateway(options);
  const app = fastify(serverOptions(options.config, options.logger));
  answerProblems(app);
  await app.register(gateway.plugin);
  app.addHook('preClose', () => gateway.drain());
  app.addHook('onClose', () => gateway.close());
  return { app, gateway };
}
