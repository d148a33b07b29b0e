import { resolve } from 'node:path';
import { parseEnvironment } from '@hermes/contracts';
import react from '@vitejs/plugin-react';
import { defineConfig, loadEnv, type ProxyOptions } from 'vite';
import { chunkGroups } from './build/chunk-groups.ts';
import { compressFiles } from './build/compress-files.ts';
import { inlineIcon } from './build/inline-icon.ts';
import { preloadEarly } from './build/preload-early.ts';

/** Where `.env` lies: the root of the repository, the same file that the services are given. */
const ROOT = resolve(import.meta.dirname, '../..');

export default defineConfig(({ command, mode }) => {
  // Vite leaves a value that is set as it is, and React's development build is half as large again.
  if (command === 'build') process.env.NODE_ENV = 'production';
  const source = loadEnv(mode, ROOT, '');
  const env = parseEnvironment(source);
  return {
    plugins: [react(), inlineIcon(), preloadEarly(env.VITE_API_BASE_URL), compressFiles()],
    // Parsed here rather than read as raw text in the app, so that a wrong value stops the build and names itself.
    define: {
      'import.meta.env.VITE_SSE_ENABLED': JSON.stringify(env.VITE_SSE_ENABLED),
      'import.meta.env.VITE_API_BASE_URL': JSON.stringify(env.VITE_API_BASE_URL),
    },
    server: { host: '127.0.0.1', port: env.HERMES_DEV_PORT, strictPort: true, proxy: proxyTo(source, env) },
    build: {
      target: 'es2023',
      // A data: URL would need `font-src data:` and `img-src data:` in the content security policy.
      assetsInlineLimit: 0,
      // Only the browsers that know `modulepreload` can run the rest.
      modulePreload: { polyfill: false },
      // `vendor` is 195 kB compressed, of the 250 kB of scripts that the first page may cost.
      chunkSizeWarningLimit: 750,
      rolldownOptions: { output: { codeSplitting: { groups: chunkGroups() } } },
    },
  };
});

/** One `hermes start` by default; the two services by themselves when one of their ports is set. */
function proxyTo(
  source: Readonly<Record<string, string>>,
  env: ReturnType<typeof parseEnvironment>,
): Record<string, ProxyOptions> {
  const separate = Boolean(source.API_PORT) || Boolean(source.EVENTS_PORT);
  const target = (port: number): ProxyOptions => ({ target: `http://127.0.0.1:${port}` });
  // The first match wins: the events before what they are a part of.
  return {
    '/api/v1/events': target(separate ? env.EVENTS_PORT : env.HERMES_PORT),
    '/api': target(separate ? env.API_PORT : env.HERMES_PORT),
  };
}
