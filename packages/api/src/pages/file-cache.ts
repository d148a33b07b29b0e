import { hash } from 'node:crypto';
import { readFile } from 'node:fs/promises';
import { extname, join } from 'node:path';
import { promisify } from 'node:util';
import { gzip } from 'node:zlib';
import { hasTag, ProblemError } from '@hermes/runtime';
import type { FastifyReply, FastifyRequest } from 'fastify';

const TYPES: Readonly<Record<string, string>> = {
  '.js': 'text/javascript; charset=utf-8',
  '.css': 'text/css; charset=utf-8',
  '.json': 'application/json; charset=utf-8',
  '.svg': 'image/svg+xml',
  '.png': 'image/png',
  '.ico': 'image/x-icon',
};
const COMPRESSIBLE = /^(?:text|application|image\/svg)/;

interface LoadedFile {
  type: string;
  tag: string;
  plain: Buffer;
  /** Null where it saves nothing. */
  gzipped: Buffer | null;
}

/**
 * Files of a page that few people open: read at first use, then sent from memory. Only names that are plain are looked
 * for, so that no name leads out of the folder.
 */
export class FileCache {
  readonly #root: string;
  readonly #files = new Map<string, Promise<LoadedFile>>();

  constructor(root: string) {
    this.#root = root;
  }

  /** @throws {ProblemError} NOT_FOUND */
  async send(name: string, request: FastifyRequest, reply: FastifyReply): Promise<FastifyReply> {
    const { type, tag, plain, gzipped } = await this.#find(name);
    reply.header('etag', `W/${tag}`).header('cache-control', 'private, no-cache').header('vary', 'Accept-Encoding');
    if (hasTag(request, tag)) return reply.code(304).send();
    reply.type(type);
    if (gzipped === null || !/\bgzip\b/.test(String(request.headers['accept-encoding']))) return reply.send(plain);
    return reply.header('content-encoding', 'gzip').send(gzipped);
  }

  #find(name: string): Promise<LoadedFile> {
    const known = this.#files.get(name);
    if (known !== undefined) return known;
    const type = TYPES[extname(name)];
    if (type === undefined || !/^[\w-][\w.-]*(?:\/[\w-][\w.-]*)*$/.test(name)) throw new ProblemError('NOT_FOUND');
    const loading = load(join(this.#root, name), type).catch((error: NodeJS.ErrnoException) => {
      this.#files.delete(name);
      throw error.code === 'ENOENT' || error.code === 'ENOTDIR' ? new ProblemError('NOT_FOUND') : error;
    });
    this.#files.set(name, loading);
    return loading;
  }
}

async function load(path: string, type: string): Promise<LoadedFile> {
  const plain = await readFile(path);
  const gzipped = COMPRESSIBLE.test(type) ? await promisify(gzip)(plain) : null;
  return { type, tag: `"${hash('sha256', plain, 'base64url').slice(0, 27)}"`, plain, gzipped };
}
