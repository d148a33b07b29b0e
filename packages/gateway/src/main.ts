import { EnvironmentError } from '@hermes/contracts';
import { createLogger, loadConfig, untilSignal } from '@hermes/runtime';
import { buildGatewayApp } from './app.ts';

try {
  const config = loadConfig();
  if (config.HERMES_REDIS_URL === null) {
    throw new EnvironmentError('HERMES_REDIS_URL', '', 'the events service by itself needs the Redis of the others');
  }
  const logger = createLogger('events');
  const { app } = await buildGatewayApp({
    config,
    redisUrl: config.HERMES_REDIS_URL,
    logger,
    sseEnabled: config.HERMES_ENABLE_SSE,
  });
  await app.listen({ host: config.HERMES_HOST, port: config.EVENTS_PORT, backlog: 4096 });
  logger.info({ host: config.HERMES_HOST, port: config.EVENTS_PORT, sse: config.HERMES_ENABLE_SSE }, 'Listening');
  logger.info({ signal: await untilSignal() }, 'Stopping');
  await app.close();
} catch (error) {
  process.stderr.write(`${error instanceof EnvironmentError ? error.message : String(error)}\n`);
  process.exitCode = error instanceof EnvironmentError ? 2 : 1;
}
