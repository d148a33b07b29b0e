import { answerProblems, type Config, type Logger, serveMetrics, serverOptions } from '@hermes/runtime';
import { type FastifyInstance, type FastifyServerOptions, fastify } from 'fastify';
import type { Api } from './create-api.ts';

/** A server for the API alone. */
export async function buildApp(api: Api, config: Config, logger: Logger): Promise<FastifyInstance> {
  // As the plain options, so that the instance is the plain one that plugins take.
  const options: FastifyServerOptions = serverOptions(config, logger);
  const app = fastify(options);
  answerProblems(app);
  await serveMetrics(app, [api.metrics]);
  await app.register(api.plugin);
  return app;
}
