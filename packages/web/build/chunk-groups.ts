import { dirname, resolve } from 'node:path';
import type { Rolldown } from 'vite';

const ENTRY = resolve(import.meta.dirname, '../src/main.tsx');

/**
 * The files of the first load. The bundler makes one of each page that is loaded when it is first opened, and left to
 * itself one of whatever some of them share: each costs a request, and what the compressor had learnt by then.
 * - `vendor` is what the first page needs of others. It stays in a cache when only our code changes.
 * - `app` is what the first page needs of ours, all icons, and the few modules that several of the other pages share.
 */
export function chunkGroups(): Rolldown.CodeSplittingGroup[] {
  let first: ReadonlySet<string> | null = null;
  return [
    { name: 'vendor', test: /node_modules.*\.m?js$/, tags: ['$initial'], priority: 2 },
    {
      debugName: 'app',
      name: (id, context) => {
        first ??= importedBy(ENTRY, context);
        return belongsToApp(id, context, first) ? 'app' : null;
      },
      priority: 1,
    },
  ];
}

function belongsToApp(id: string, context: Rolldown.ChunkingContext, first: ReadonlySet<string>): boolean {
  // What others hand out whole seems to be imported whole: of their code, the bundler knows what is left of it.
  if (id.includes('node_modules')) return id.includes('@tabler') || (id.endsWith('.css') && first.has(id));
  const folders = new Set(context.getModuleInfo(id)?.importers.map((importer) => dirname(importer)));
  return first.has(id) || folders.size > 1;
}

/** Over however many steps, but not what is imported only when a page is opened. */
function importedBy(entry: string, context: Rolldown.ChunkingContext): ReadonlySet<string> {
  const found = new Set([entry]);
  for (const id of found) for (const imported of context.getModuleInfo(id)?.importedIds ?? []) found.add(imported);
  return found;
}
