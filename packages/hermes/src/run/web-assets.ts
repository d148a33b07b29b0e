import { existsSync } from 'node:fs';
import { join } from 'node:path';
import fastifyStatic from '@fastify/static';
import { addPageHeaders } from '@hermes/runtime';
import type { FastifyInstance } from 'fastify';

/** A single word, but none below which the services or the files have their place; and the page of one download. */
const PAGES = ['/:page(^(?!(?:api|assets|metrics)$)[A-Za-z0-9_-]+$)', '/downloads/:id(^[A-Za-z0-9_-]+$)'];

/**
 * The web app, in a scope of its own that is registered before all limits and authentication: loading a page costs no
 * request of anybody's quota, and the log-in page can be seen without a key.
 * @param root the built app.
 */
export async function serveWebAssets(app: FastifyInstance, root: string): Promise<void> {
  await app.register(async (scope) => {
    addPageHeaders(scope);
    await scope.register(fastifyStatic, {
      root,
      // One route for each file that is there, rather than a wildcard that would swallow every address.
      wildcard: false,
      // The build puts `x.br` and `x.gz` beside what is worth it; nobody asks for those by name.
      preCompressed: true,
      globIgnore: ['**/*.{br,gz}'],
      cacheControl: false,
      setHeaders: (reply, path) => {
        // The build puts a hash into the names of what lies in assets.
        const forever = path.startsWith(join(root, 'assets'));
        reply.header('cache-control', forever ? 'public, max-age=31536000, immutable' : 'no-cache');
      },
    });
    // Addresses that the app itself resolves have no dot; one that has is of a file, and that is there or is not.
    for (const path of PAGES) scope.get(path, async (_request, reply) => reply.sendFile('index.html'));
  });
}

export function isWebBuilt(root: string): boolean {
  return existsSync(join(root, 'index.html'));
}
