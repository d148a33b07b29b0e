import { spawn } from 'node:child_process';
import { createHash } from 'node:crypto';
import { existsSync } from 'node:fs';
import { readdir, readFile, stat, writeFile } from 'node:fs/promises';
import { join, resolve } from 'node:path';
import { SetupError } from './home.ts';

/** In a bundle (`build.ts`) the built web app lies beside the code. */
const BUNDLED = join(import.meta.dirname, 'web');

/** Of a checkout. */
const WEB_PACKAGE = resolve(import.meta.dirname, '../../../web');

/** Where the built web app lies. */
export const WEB_ROOT = existsSync(BUNDLED) ? BUNDLED : join(WEB_PACKAGE, 'dist');

/** What decides whether a build is still true. */
const SOURCES = [
  'web/src',
  'web/build',
  'web/public',
  'web/index.html',
  'web/vite.config.ts',
  'web/package.json',
  'react/src',
  'client/src',
  'contracts/src',
];

/**
 * Builds the web app of a checkout if its sources have changed since it was built; takes a few seconds then.
 * @throws {SetupError} if the build fails; the reason of `signal` if that aborts first.
 */
export async function buildWebIfStale(onProgress: (text: string) => void, signal: AbortSignal): Promise<void> {
  if (WEB_ROOT === BUNDLED) return;
  const stampFile = join(WEB_ROOT, '.stamp');
  const stamp = await fingerprint(SOURCES.map((source) => join(WEB_PACKAGE, '..', source)));
  if ((await readFile(stampFile, 'utf8').catch(() => '')) === stamp) return;
  onProgress('Building the web app …');
  await run(join(WEB_PACKAGE, 'node_modules/.bin/vite'), ['build', '--logLevel', 'warn'], signal);
  await writeFile(stampFile, stamp);
}

/** Of the names, sizes and times of all files. */
async function fingerprint(paths: readonly string[]): Promise<string> {
  const hash = createHash('sha256');
  const visit = async (path: string): Promise<void> => {
    const info = await stat(path).catch(() => null);
    if (info === null) return;
    if (info.isDirectory()) {
      for (const name of (await readdir(path)).sort()) await visit(join(path, name));
    } else {
      hash.update(`${path}\0${info.size}\0${info.mtimeMs}\n`);
    }
  };
  for (const path of paths) await visit(path);
  return hash.digest('hex');
}

function run(command: string, args: readonly string[], signal: AbortSignal): Promise<void> {
  return new Promise((done, fail) => {
    const child = spawn(command, args, { cwd: WEB_PACKAGE, stdio: ['ignore', 'pipe', 'pipe'], signal });
    let output = '';
    const keep = (chunk: Buffer) => {
      output += chunk.toString();
    };
    child.stdout.on('data', keep);
    child.stderr.on('data', keep);
    const giveUp = (why: string) => {
      if (signal.aborted) fail(signal.reason);
      else
        fail(
          new SetupError(`The web app could not be built (${why}); \`npx -y pnpm@12 install\` may help.\n${output}`),
        );
    };
    child.once('error', (error) => giveUp(error.message));
    child.once('close', (code, killedBy) => {
      if (code === 0) done();
      else giveUp(`vite ended with ${code ?? killedBy}`);
    });
  });
}
