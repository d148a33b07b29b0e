import { createHash, randomBytes } from 'node:crypto';
import { once } from 'node:events';
import { createServer, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { serveCommands } from '../process/remote.ts';

const BLOCK = randomBytes(1024 * 1024);

const commands = {
  /** Serves one file of so many MiB, from memory, so that no disk is in the way. */
  serve: async (mebibytes: number): Promise<{ url: string; sha256: string }> => {
    const server = createServer(async (_request, response) => {
      response.writeHead(200, { 'content-length': mebibytes * BLOCK.length, etag: '"1"' });
      for (let block = 0; block < mebibytes && !response.destroyed; block += 1) {
        if (!response.write(BLOCK)) await untilDrained(response);
      }
      response.end();
    });
    server.listen(0, '127.0.0.1');
    await once(server, 'listening');
    const hash = createHash('sha256');
    for (let block = 0; block < mebibytes; block += 1) hash.update(BLOCK);
    const { port } = server.address() as AddressInfo;
    return { url: `http://127.0.0.1:${port}/file`, sha256: hash.digest('hex') };
  },
};

function untilDrained(response: ServerResponse): Promise<void> {
  return new Promise((done) => {
    const settle = () => {
      response.off('drain', settle);
      response.off('close', settle);
      done();
    };
    response.on('drain', settle);
    response.on('close', settle);
  });
}

export type FileOriginCommands = typeof commands;

serveCommands(commands);
