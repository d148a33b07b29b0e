import { createHash } from 'node:crypto';
import { createServer, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { setTimeout as delay } from 'node:timers/promises';

export interface SampleFile {
  name: string;
  size: number;
  /** Bytes per second. */
  speed: number;
  /** A server that does not say how long its file is; its progress is unknown. */
  hidesLength?: boolean;
}

export interface SampleOrigin {
  urlOf(file: SampleFile): string;
  sha256Of(file: SampleFile): string;
  close(): Promise<void>;
}

const SLICES_PER_SECOND = 20;
const PATTERN_SIZE = 64 * 1024;

/** A file server on the loopback address that is as slow as a real one: bars that jump to the end show nothing. */
export async function startSampleOrigin(files: readonly SampleFile[]): Promise<SampleOrigin> {
  const server = createServer((request, response) => {
    const file = files.find(({ name }) => request.url === `/${name}`);
    if (file === undefined) {
      response.writeHead(404).end();
      return;
    }
    const from = Number(/^bytes=(\d+)-/.exec(request.headers.range ?? '')?.[1] ?? 0);
    const resumes = from > 0 && from < file.size;
    response.writeHead(resumes ? 206 : 200, {
      'content-type': 'application/octet-stream',
      etag: `"${file.name}-${file.size}"`,
      'accept-ranges': 'bytes',
      ...(file.hidesLength ? {} : { 'content-length': String(file.size - (resumes ? from : 0)) }),
      ...(resumes ? { 'content-range': `bytes ${from}-${file.size - 1}/${file.size}` } : {}),
    });
    void sendSlowly(file, resumes ? from : 0, response);
  });
  await new Promise<void>((done) => server.listen(0, '127.0.0.1', done));
  const { port } = server.address() as AddressInfo;
  return {
    urlOf: (file) => `http://127.0.0.1:${port}/${file.name}`,
    sha256Of: (file) => {
      const hash = createHash('sha256');
      for (let at = 0; at < file.size; at += PATTERN_SIZE) hash.update(bytesOf(file, at, PATTERN_SIZE));
      return hash.digest('hex');
    },
    close: () =>
      new Promise((done) => {
        server.close(() => done());
        server.closeAllConnections();
      }),
  };
}

async function sendSlowly(file: SampleFile, from: number, response: ServerResponse): Promise<void> {
  const slice = Math.ceil(file.speed / SLICES_PER_SECOND);
  for (let at = from; at < file.size && !response.destroyed; at += slice) {
    response.write(bytesOf(file, at, Math.min(slice, file.size - at)));
    await delay(1000 / SLICES_PER_SECOND);
  }
  response.end();
}

/** Bytes that differ all over the file and can be made at any place: a pattern and where it stands. */
function bytesOf(file: SampleFile, from: number, length: number): Buffer {
  const bytes = Buffer.allocUnsafe(Math.max(0, Math.min(length, file.size - from)));
  for (let i = 0; i < bytes.length; i++) {
    const at = from + i;
    bytes[i] = (Math.imul(at ^ (at >>> 13), 0x9e3779b1) >>> 24) ^ file.name.length;
  }
  return bytes;
}
