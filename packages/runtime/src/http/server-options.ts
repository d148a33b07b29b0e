import type { FastifyBaseLogger, FastifyServerOptions } from 'fastify';
import type { Config } from '../config.ts';
import type { Logger } from '../logger.ts';

/** What every HTTP server of ours is made with. */
export function serverOptions(config: Config, logger: Logger): FastifyServerOptions {
  // As the base type, so that the instance is the plain FastifyInstance that plugins take.
  const loggerInstance: FastifyBaseLogger = logger;
  return {
    loggerInstance,
    // One line a request would bury what matters; failures are logged by the problem handler.
    disableRequestLogging: true,
    trustProxy: config.HERMES_TRUSTED_PROXIES.length === 0 ? false : [...config.HERMES_TRUSTED_PROXIES],
    bodyLimit: 1024 * 1024,
    routerOptions: { ignoreTrailingSlash: true, maxParamLength: 200 },
    requestIdHeader: false,
    return503OnClosing: true,
  };
}
