import { existsSync } from 'node:fs';
import { createRequire } from 'node:module';
import { dirname, join } from 'node:path';

/** Packages whose files are served as they are. */
const FOLDERS = {
  'bull-board': () => join(dirname(require.resolve('@bull-board/ui/package.json')), 'dist'),
  'swagger-ui': () => dirname(require.resolve('swagger-ui-dist/package.json')),
};
const require = createRequire(import.meta.url);

/** Where the files of that page lie: of a checkout in the package; in a bundle (`build.ts`) beside the code. */
export function vendoredFolder(name: keyof typeof FOLDERS): string {
  const bundled = join(import.meta.dirname, 'vendor', name);
  return existsSync(bundled) ? bundled : FOLDERS[name]();
}
