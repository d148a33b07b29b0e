import { HttpEngine } from '../../../packages/worker/src/engines/http-engine.ts';
import { AttemptDirectory } from '../../../packages/worker/src/files/attempt-directory.ts';
import { serveCommands } from '../process/remote.ts';

const engine = new HttpEngine({ allowPrivate: true, maxBytes: null, idleTimeoutMs: 30_000 });
let downloads = 0;

const commands = {
  /** One download by the engine of the worker, into that directory. */
  download: async ({ url, directory }: { url: string; directory: string }) => {
    downloads += 1;
    const id = `bench-${downloads}`;
    const before = process.cpuUsage();
    const startedAt = performance.now();
    const { size, sha256 } = await engine.run({
      job: { download_id: id, engine: 'http', url },
      headers: {},
      directory: await AttemptDirectory.claim(directory, id, 1),
      signal: new AbortController().signal,
      onProgress: () => {},
      beforeWrite: async () => {},
      pace: (bytes) => bytes,
    });
    const seconds = (performance.now() - startedAt) / 1000;
    const { user, system } = process.cpuUsage(before);
    await AttemptDirectory.discard(directory, id);
    return { seconds, cpuSeconds: (user + system) / 1e6, size, sha256 };
  },
};

export type EngineCommands = typeof commands;

serveCommands(commands);
