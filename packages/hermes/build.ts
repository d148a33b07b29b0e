import { cp, mkdir, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { createRequire } from 'node:module';
import { dirname, join, resolve } from 'node:path';
import { build, type Metafile, type Plugin } from 'esbuild';
import { VERSION } from './src/version.ts';

/**
 * Makes what an image runs: `node hermes.js api`, plain JavaScript in one flat folder. Everything is bundled but what
 * has native code, which `package.json` beside it names; each command's code lies in chunks that only it loads.
 *
 * Usage: `node packages/hermes/build.ts [directory]`, by default `dist` beside this file. The web app must be built.
 */
const HERMES = import.meta.dirname;
const PACKAGES = dirname(HERMES);
const OUT = resolve(process.argv[2] ?? join(HERMES, 'dist'));
const EXTERNAL = 'better-sqlite3';
const requireOfApi = createRequire(join(PACKAGES, 'api/package.json'));
const SWAGGER_UI = dirname(requireOfApi.resolve('swagger-ui-dist/package.json'));
const BULL_BOARD = dirname(requireOfApi.resolve('@bull-board/ui/package.json'));
const PAGES = [
  {
    name: 'bull-board',
    from: join(BULL_BOARD, 'dist'),
    files: ['index.ejs', 'static'],
    folder: BULL_BOARD,
  },
  {
    name: 'swagger-ui',
    from: SWAGGER_UI,
    files: ['swagger-ui-bundle.js', 'swagger-ui.css', 'favicon-32x32.png', 'NOTICE'],
    folder: SWAGGER_UI,
  },
];

/** Of zod's messages in fifty languages only the English ones are ever shown; the others are a third of a megabyte. */
const englishOnly: Plugin = {
  name: 'english-only',
  setup: ({ onLoad }) => {
    onLoad({ filter: /[/\\]zod[/\\]v4[/\\]locales[/\\]index\.js$/ }, () => ({
      contents: "export { default as en } from './en.js';",
    }));
  },
};

await rm(OUT, { recursive: true, force: true });
await mkdir(OUT, { recursive: true });
const { metafile } = await build({
  entryPoints: { hermes: join(HERMES, 'bin/hermes.mjs') },
  outdir: OUT,
  absWorkingDir: dirname(PACKAGES),
  bundle: true,
  splitting: true,
  format: 'esm',
  platform: 'node',
  target: 'node22',
  external: [EXTERNAL],
  // CommonJS packages inside an ES module call `require` for Node's own modules.
  banner: {
    js: "import { createRequire as requireOfBundle } from 'node:module'; const require = requireOfBundle(import.meta.url);",
  },
  // Not minified: a stack trace of a deploy can be read, and next to Node itself the size is nothing.
  legalComments: 'none',
  plugins: [englishOnly],
  metafile: true,
  logLevel: 'warning',
});
await keepToAscii();
await copyScripts();
await copyWebApp();
await copyPages();
await writeManifest();
await writeLicences(metafile);

/**
 * One character that is not Latin-1, in a comment of a dependency, makes the engine keep the whole chunk at two bytes a
 * character. In comments, strings and regular expressions the escape says the same; esbuild writes it only in strings.
 */
async function keepToAscii(): Promise<void> {
  for (const name of await readdir(OUT)) {
    const path = join(OUT, name);
    const text = await readFile(path, 'utf8');
    const escaped = text.replace(
      /[\u0080-\uffff]/g,
      (unit) => `\\u${unit.charCodeAt(0).toString(16).padStart(4, '0')}`,
    );
    if (escaped !== text) await writeFile(path, escaped);
  }
}

/** The Lua scripts are read as files beside the module that runs them, and every chunk lies in the one folder. */
async function copyScripts(): Promise<void> {
  const source = join(PACKAGES, 'event-log/src');
  for (const name of await readdir(source)) {
    if (name.endsWith('.lua')) await cp(join(source, name), join(OUT, name));
  }
}

async function copyWebApp(): Promise<void> {
  const source = join(PACKAGES, 'web/dist');
  const files = await readdir(source).catch((): string[] => []);
  if (!files.includes('index.html')) throw new Error(`There is no web app at ${source}; \`pnpm build\` builds both`);
  await mkdir(join(OUT, 'web'));
  for (const name of files) {
    // The mark of when it was built is of no use elsewhere.
    if (!name.startsWith('.')) await cp(join(source, name), join(OUT, 'web', name), { recursive: true });
  }
}

/** The pages of the API that are not ours, where `vendored-folder.ts` looks for them. */
async function copyPages(): Promise<void> {
  for (const { name, files, from, folder } of PAGES) {
    const to = join(OUT, 'vendor', name);
    await mkdir(to, { recursive: true });
    for (const file of files) await cp(join(from, file), join(to, file), { recursive: true });
    await writeFile(join(to, 'LICENSE'), await licenceOf(folder));
  }
}

async function writeManifest(): Promise<void> {
  const { version } = requireOfApi(`${EXTERNAL}/package.json`) as { version: string };
  const manifest = {
    name: 'hermes',
    version: VERSION,
    private: true,
    license: 'MIT',
    type: 'module',
    bin: { hermes: './hermes.js' },
    engines: { node: '>=22.18' },
    dependencies: { [EXTERNAL]: version },
  };
  await writeFile(join(OUT, 'package.json'), `${JSON.stringify(manifest, null, 2)}\n`);
}

/** Whoever hands the bundle on has to hand on the licences of what is in it. */
async function writeLicences({ inputs }: Metafile): Promise<void> {
  const folders = new Set<string>();
  for (const input of Object.keys(inputs)) {
    const folder = /^.*node_modules\/(?:@[^/]+\/)?[^/]+/.exec(input)?.[0];
    if (folder !== undefined) folders.add(join(dirname(PACKAGES), folder));
  }
  const texts = await Promise.all([...folders].map(licenceOf));
  await writeFile(join(OUT, 'LICENSES.txt'), texts.sort().join(`\n${'-'.repeat(80)}\n\n`));
}

async function licenceOf(folder: string): Promise<string> {
  const { name, version, license } = JSON.parse(await readFile(join(folder, 'package.json'), 'utf8')) as {
    name: string;
    version: string;
    license?: string;
  };
  const file = (await readdir(folder)).find((entry) => /^licen[cs]e/i.test(entry));
  const text = file === undefined ? '' : `\n${(await readFile(join(folder, file), 'utf8')).trim()}\n`;
  return `${name} ${version}: ${license ?? 'see below'}\n${text}`;
}
