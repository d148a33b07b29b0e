import { createHash } from 'node:crypto';
import { once } from 'node:events';
import { createServer, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { setTimeout as delay } from 'node:timers/promises';
import { serveCommands } from '../process/remote.ts';

/*
 * What BitTorrent clients download where there is no swarm: files of nothing but zeros over HTTP, as a web seed
 * (https://www.bittorrent.org/beps/bep_0019.html), each at a rate of its own.
 */

const PIECE_BYTES = 16 * 1024;
const ZEROS = Buffer.alloc(PIECE_BYTES);
const PIECES_A_SECOND = 4;

interface Swarm {
  torrents: number;
  /** Of each; four come in a second. */
  pieces: number;
}

const commands = {
  /** @returns the torrents, in Base64. */
  serve: async ({ torrents, pieces }: Swarm): Promise<string[]> => {
    const server = createServer((request, response) => void answer(request.headers.range, pieces, response));
    server.listen(0, '127.0.0.1');
    await once(server, 'listening');
    const { port } = server.address() as AddressInfo;
    return Array.from({ length: torrents }, (_, index) =>
      torrent(`download ${index + 1}.bin`, pieces, `http://127.0.0.1:${port}/`).toString('base64'),
    );
  },
};

async function answer(range: string | undefined, pieces: number, response: ServerResponse): Promise<void> {
  const size = pieces * PIECE_BYTES;
  const [, first = '0', last = String(size - 1)] = /^bytes=(\d+)-(\d*)$/.exec(range ?? '') ?? [];
  const from = Number(first);
  const to = Math.min(Number(last === '' ? size - 1 : last), size - 1);
  response.writeHead(206, {
    'content-type': 'application/octet-stream',
    'content-length': to - from + 1,
    'content-range': `bytes ${from}-${to}/${size}`,
  });
  let left = to - from + 1;
  while (left > 0 && !response.destroyed) {
    const step = ZEROS.subarray(0, Math.min(left, PIECE_BYTES));
    response.write(step);
    left -= step.length;
    await delay((1000 / PIECES_A_SECOND) * (step.length / PIECE_BYTES));
  }
  response.end();
}

type Bencoded = number | string | Buffer | Bencoded[] | { [key: string]: Bencoded };

/** https://www.bittorrent.org/beps/bep_0003.html#bencoding; keys are given in their order. */
function bencode(value: Bencoded): Buffer {
  if (typeof value === 'number') return Buffer.from(`i${value}e`);
  if (typeof value === 'string') return bencode(Buffer.from(value));
  if (Buffer.isBuffer(value)) return Buffer.concat([Buffer.from(`${value.length}:`), value]);
  const [mark, parts] = Array.isArray(value) ? ['l', value] : ['d', Object.entries(value).flat()];
  return Buffer.concat([Buffer.from(mark), ...parts.map(bencode), Buffer.from('e')]);
}

function torrent(name: string, pieces: number, webSeed: string): Buffer {
  const hash = createHash('sha1').update(ZEROS).digest();
  const info = {
    length: pieces * PIECE_BYTES,
    name,
    'piece length': PIECE_BYTES,
    pieces: Buffer.concat(Array.from({ length: pieces }, () => hash)),
  };
  return bencode({ info, 'url-list': webSeed });
}

export type TorrentOriginCommands = typeof commands;

serveCommands(commands);
