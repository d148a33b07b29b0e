import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { createBullBoard } from '@bull-board/api';
import { BullMQAdapter } from '@bull-board/api/bullMQAdapter';
import { DOWNLOAD_QUEUE } from '@hermes/contracts';
import { addPageHeaders, ProblemError, refuseOtherMethods, withoutSecrets } from '@hermes/runtime';
import { Queue } from 'bullmq';
import type { FastifyInstance } from 'fastify';
import { FileCache } from '../pages/file-cache.ts';
import { vendoredFolder } from '../pages/vendored-folder.ts';
import type { Service } from '../service.ts';
import { BoardAdapter } from './board-adapter.ts';

/** Where admins see the queue of jobs as BullMQ has it. */
export const BOARD_BASE = '/admin/queues';

/**
 * bull-board, to look at only. A job is no download: what the log and the database have decided is carried out in jobs, and
 * one that was retried, promoted or removed here would go against them. Downloads are acted on by the API.
 */
export function boardRoutes(app: FastifyInstance, service: Service): void {
  const folder = vendoredFolder('bull-board');
  const files = new FileCache(join(folder, 'static'));
  const adapter = new BoardAdapter();
  const board = createBullBoard({
    queues: [],
    serverAdapter: adapter,
    options: { uiBasePath: folder, uiConfig: { boardTitle: 'Hermes', hideRedisDetails: true } },
  });
  const config = { permission: 'admin' } as const;
  let queue: Queue | null = null;

  /** BullMQ asks Redis at once, and a queue that got no answer then stays broken: so it is made when it is looked at. */
  async function openQueue(): Promise<void> {
    await service.redis.ping();
    if (queue !== null) return;
    queue = new Queue(DOWNLOAD_QUEUE, {
      connection: service.redis,
      prefix: service.keys.bullPrefix,
      skipWaitingForReady: true,
    });
    queue.on('error', (error) => service.logger.debug({ err: error }, 'bull-board'));
    const shown = new BullMQAdapter(queue, { readOnlyMode: true });
    shown.setFormatter('data', describeJob);
    board.addQueue(shown);
  }

  app.addHook('onClose', async () => queue?.close());
  addPageHeaders(app);
  refuseOtherMethods(app, () => {
    for (const url of [adapter.entry?.route ?? []].flat()) {
      // Of `/` Fastify would make two addresses.
      app.get(url === '/' ? '' : url, { config }, async (_request, reply) => {
        const page = await renderPage(join(folder, 'index.ejs'), adapter);
        return reply.type('text/html; charset=utf-8').header('cache-control', 'no-cache').send(page);
      });
    }
    app.get<{ Params: { '*': string } }>('/static/*', { config }, (request, reply) =>
      files.send(request.params['*'], request, reply),
    );
    for (const { route, handler } of adapter.routes) {
      for (const url of [route].flat()) {
        app.get(url, { config }, async (request, reply) => {
          await openQueue();
          const { status = 200, body } = await handler({
            queues: adapter.queues,
            uiConfig: adapter.uiConfig,
            query: request.query as Record<string, string>,
            params: request.params as Record<string, string>,
            body: {},
            headers: {},
          });
          reply.code(status).type('application/json; charset=utf-8').header('cache-control', 'no-store');
          return reply.send(withoutSecrets(JSON.stringify(body)));
        });
      }
    }
  });
}

/** Of a job only what is known to be harmless: not the query of an address, which may be what opens it. */
function describeJob(data: unknown): object {
  const { download_id, engine, filename, url } = (data ?? {}) as Record<string, unknown>;
  const parsed = typeof url === 'string' ? URL.parse(url) : null;
  return { download_id, engine, filename, url: parsed === null ? null : `${parsed.origin}${parsed.pathname}` };
}

/** The template knows one tag, and a font from elsewhere that no page of ours may load. */
async function renderPage(path: string, { entry, uiConfig }: BoardAdapter): Promise<string> {
  if (entry === null) throw new ProblemError('NOT_FOUND');
  const { params } = entry.handler({ basePath: BOARD_BASE, uiConfig });
  const values = params as Record<string, string | undefined>;
  const template = await readFile(path, 'utf8');
  return template
    .replace(/<link href="https:[^>]*>/g, '')
    .replace(/<%([=-]) *(\w+) *%>/g, (_tag, kind: string, name: string) => {
      const value = values[name] ?? '';
      return kind === '=' ? value.replace(/[&<>"]/g, (character) => `&#${character.charCodeAt(0)};`) : value;
    });
}
