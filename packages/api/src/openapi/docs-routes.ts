import { addPageHeaders, answerUnchanged, ProblemError, refuseOtherMethods } from '@hermes/runtime';
import type { FastifyInstance } from 'fastify';
import { FileCache } from '../pages/file-cache.ts';
import { vendoredFolder } from '../pages/vendored-folder.ts';
import { OPERATIONS } from './all-operations.ts';
import { buildDocument } from './build-document.ts';

const ASSETS = new Set(['swagger-ui-bundle.js', 'swagger-ui.css', 'favicon-32x32.png']);

const PAGE = `<!doctype html>
<html lang="en">
  <head>
    <meta charset="utf-8" />
    <meta name="viewport" content="width=device-width, initial-scale=1" />
    <title>Hermes API</title>
    <link rel="icon" href="/api/docs/favicon-32x32.png" />
    <link rel="stylesheet" href="/api/docs/swagger-ui.css" />
  </head>
  <body>
    <div id="docs"></div>
    <script src="/api/docs/swagger-ui-bundle.js" defer></script>
    <script src="/api/docs/start.js" defer></script>
  </body>
</html>
`;

/** A file of its own, since pages may hold no script. No validator of somebody else's is asked what it thinks of it. */
const START = `SwaggerUIBundle({
  url: '/api/openapi.json',
  dom_id: '#docs',
  deepLinking: true,
  displayRequestDuration: true,
  filter: true,
  tryItOutEnabled: true,
  validatorUrl: null,
});
`;

/**
 * `/openapi.json` and `/docs`, below `/api`. Public: they say nothing that the source code does not say, and what the page
 * tries out is sent with the reader's own key or session.
 */
export function docsRoutes(app: FastifyInstance): void {
  const files = new FileCache(vendoredFolder('swagger-ui'));
  let document: string | null = null;
  const config = { permission: 'public' } as const;
  addPageHeaders(app);
  answerUnchanged(app);
  refuseOtherMethods(app, () => {
    app.get('/openapi.json', { config }, async (_request, reply) => {
      // It takes some 0.1 s to make, and few ask for it.
      document ??= JSON.stringify(buildDocument(OPERATIONS));
      return reply.type('application/json; charset=utf-8').send(document);
    });
    app.get('/docs', { config }, async (_request, reply) =>
      reply.type('text/html; charset=utf-8').header('cache-control', 'no-cache').send(PAGE),
    );
    app.get<{ Params: { name: string } }>('/docs/:name', { config }, async (request, reply) => {
      const { name } = request.params;
      if (name === 'start.js') {
        return reply.type('text/javascript; charset=utf-8').header('cache-control', 'no-cache').send(START);
      }
      if (!ASSETS.has(name)) throw new ProblemError('NOT_FOUND');
      return files.send(name, request, reply);
    });
  });
}
