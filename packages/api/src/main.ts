import { EnvironmentError } from '@hermes/contracts';
import { type Config, createLogger, loadConfig, untilSignal } from '@hermes/runtime';
import { buildApp } from './app.ts';
import { createApi } from './create-api.ts';

const [config, redisUrl] = readConfig();
const logger = createLogger('api');
const api = await createApi({ config, redisUrl, logger, sseEnabled: config.HERMES_ENABLE_SSE });
const { created } = await api.ensureAdminKey();
if (created) logger.info(`The admin key is in ${config.HERMES_HOME}/admin.key`);
const app = await buildApp(api, config, logger);
try {
  await app.listen({ host: config.HERMES_HOST, port: config.API_PORT });
} catch (error) {
  await api.close();
  process.stderr.write(`The API cannot listen: ${error instanceof Error ? error.message : error}\n`);
  process.exit(1);
}

const signal = await untilSignal();
logger.info({ signal }, 'stopping');
await app.close();
await api.close();

/** One line and exit code 2 for what the operator must mend. */
function readConfig(): [Config, string] {
  try {
    const read = loadConfig();
    if (read.HERMES_REDIS_URL === null) {
      throw new EnvironmentError('HERMES_REDIS_URL', '', 'the API by itself needs a Redis: redis://…');
    }
    return [read, read.HERMES_REDIS_URL];
  } catch (error) {
    if (!(error instanceof EnvironmentError)) throw error;
    process.stderr.write(`${error.message}\n`);
    process.exit(2);
  }
}
