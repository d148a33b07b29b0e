import { API_BASE } from '@hermes/contracts';
import { answerUnchanged, refuseOtherMethods } from '@hermes/runtime';
import type { FastifyInstance, FastifyPluginAsync } from 'fastify';
import { BOARD_BASE, boardRoutes } from './admin/board-routes.ts';
import { docsRoutes } from './openapi/docs-routes.ts';
import { protect } from './protect.ts';
import { authRoutes } from './routes/auth.ts';
import { configRoutes } from './routes/config.ts';
import { downloadActionRoutes } from './routes/download-actions.ts';
import { downloadFileRoutes } from './routes/download-file.ts';
import { downloadRoutes } from './routes/downloads.ts';
import { healthRoutes } from './routes/health.ts';
import { historyRoutes } from './routes/history.ts';
import { statsRoutes } from './routes/stats.ts';
import { storageRoutes } from './routes/storage.ts';
import type { Service } from './service.ts';
import type { StorageMonitor } from './storage/storage-monitor.ts';

/** All of REST and its pages, in scopes of their own: what is registered beside them is neither guarded nor limited. */
export function createPlugin(service: Service, storage: StorageMonitor): FastifyPluginAsync {
  return async (app) => {
    await app.register(async (scope) => registerApi(scope, service, storage), { prefix: API_BASE });
    await app.register(
      async (scope) => {
        await protect(scope, service);
        docsRoutes(scope);
      },
      { prefix: '/api' },
    );
    await app.register(
      async (scope) => {
        await protect(scope, service);
        boardRoutes(scope, service);
      },
      { prefix: BOARD_BASE },
    );
  };
}

async function registerApi(app: FastifyInstance, service: Service, storage: StorageMonitor): Promise<void> {
  await protect(app, service);
  answerUnchanged(app);
  refuseOtherMethods(app, () => {
    healthRoutes(app, service);
    configRoutes(app, service);
    authRoutes(app, service);
    downloadRoutes(app, service);
    downloadActionRoutes(app, service);
    downloadFileRoutes(app, service);
    historyRoutes(app, service);
    statsRoutes(app, service);
    storageRoutes(app, service, storage);
  });
}
