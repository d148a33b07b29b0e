import { EnvironmentError } from '@hermes/contracts';
import { createLogger, loadConfig, untilSignal } from '@hermes/runtime';
import { buildGatewayApp } from './app.ts';
import { createGateway } from './gateway.ts';

let close = async () => {};
try {
  const config = loadConfig();
  if (config.HERMES_REDIS_URL === null) {
    throw new EnvironmentError('HERMES_REDIS_URL', '', 'the events service by itself needs the Redis of the others');
  }
  const logger = createLogger('events');
  const options = { config, redisUrl: config.HERMES_REDIS_URL, logger, sseEnabled: config.HERMES_ENABLE_SSE };
  const gateway = await createGateway(options);
  close = () => gateway.close();
  const app = await buildGatewayApp(options, gateway);
  close = () => app.close();
  // The default of 511 turns clients away when a thousand come back at once.
  await app.listen({ host: config.HERMES_HOST, port: config.EVENTS_PORT, backlog: 4096 });
  logger.info({ host: config.HERMES_HOST, port: config.EVENTS_PORT, sse: config.HERMES_ENABLE_SSE }, 'Listening');
  logger.info({ signal: await untilSignal() }, 'Stopping');
} catch (error) {
  process.stderr.write(`${error instanceof EnvironmentError ? error.message : String(error)}\n`);
  process.exitCode = error instanceof EnvironmentError ? 2 : 1;
} finally {
  // Whatever has come to be keeps the process alive until it is closed.
  await close();
}
