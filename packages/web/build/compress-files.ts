import { readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { brotliCompress, constants, gzip } from 'node:zlib';
import type { Plugin } from 'vite';

const TEXT = /\.(?:html|css|js|svg)$/;
/** In bytes: what fits into a packet as it is gains nothing. */
const MIN_SIZE = 1000;

/**
 * Puts `x.br` and `x.gz` beside each file that is worth it, for the servers to hand out as they are: once, and as small as
 * it gets, rather than at every visit and in a hurry. Not zstd: what knows it knows Brotli, which makes it smaller.
 */
export function compressFiles(): Plugin {
  return {
    name: 'compress-files',
    apply: 'build',
    async writeBundle({ dir = '' }, bundle) {
      await Promise.all(
        Object.keys(bundle).map(async (name) => {
          if (TEXT.test(name)) await compressFile(join(dir, name));
        }),
      );
    },
  };
}

async function compressFile(path: string): Promise<void> {
  const content = await readFile(path);
  if (content.length < MIN_SIZE) return;
  const [br, gz] = await Promise.all([
    promisify(brotliCompress)(content, { params: { [constants.BROTLI_PARAM_SIZE_HINT]: content.length } }),
    promisify(gzip)(content, { level: 9 }),
  ]);
  await Promise.all([writeFile(`${path}.br`, br), writeFile(`${path}.gz`, gz)]);
}
