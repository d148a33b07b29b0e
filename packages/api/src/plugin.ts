import { API_BASE } from '@hermes/contracts';
import { answerUnchanged, refuseOtherMethods } from '@hermes/runtime';
import type { FastifyInstance, FastifyPluginAsync } from 'fastify';
import { protect } from './protect.ts';
import { authRoutes } from './routes/auth.ts';
import { configRoutes } from './routes/config.ts';
import { downloadRoutes } from './routes/downloads.ts';
import { healthRoutes } from './routes/health.ts';
import { historyRoutes } from './routes/history.ts';
import { statsRoutes } from './routes/stats.ts';
import type { Service } from './service.ts';

/** All of REST in a scope of its own: what is registered beside it is neither guarded nor limited by it. */
export function createPlugin(service: Service): FastifyPluginAsync {
  return async (app) => {
    await app.register(async (scope) => registerApi(scope, service), { prefix: API_BASE });
  };
}

async function registerApi(app: FastifyInstance, service: Service): Promise<void> {
  await protect(app, service);
  answerUnchanged(app);
  refuseOtherMethods(app, () => {
    healthRoutes(app, service);
    configRoutes(app, service);
    authRoutes(app, service);
    downloadRoutes(app, service);
    historyRoutes(app, service);
    statsRoutes(app, service);
  });
}
