import { realpath } from 'node:fs/promises';
import { basename, join, relative, sep } from 'node:path';
import type { Readable } from 'node:stream';
import { send } from '@fastify/send';
import type { Download } from '@hermes/contracts';
import { ProblemError } from '@hermes/runtime';
import { create } from 'content-disposition';
import type { FastifyInstance } from 'fastify';
import type { Service } from '../service.ts';
import { findDownload } from './downloads.ts';
import { refuseQuery } from './refuse-query.ts';

/** A media type as RFC 9110 has it: the server of the file has said it, and may have said anything. */
const MEDIA_TYPE = /^[\w!#$&^.+-]+\/[\w!#$&^.+-]+(?:\s*;\s*[\w-]+=(?:[\w.+-]+|"[\w.+ -]*"))*$/;

/** The finished files, for whoever may download. */
export function downloadFileRoutes(app: FastifyInstance, service: Service): void {
  const root = service.config.HERMES_DOWNLOAD_DIR;
  const open = new Set<Readable>();
  // A slow reader of a large file must not keep a server from stopping. It sees that the rest is missing, and asks for it.
  app.addHook('preClose', async () => {
    for (const stream of open) stream.destroy();
  });

  app.get<{ Params: { id: string } }>(
    '/download/:id/file',
    { config: { permission: 'download' } },
    async (request, reply) => {
      refuseQuery(request);
      const { download } = await findDownload(service, request.params.id);
      const { path, content_type } = resultOf(download);
      const file = await send(request.raw, encodeURIComponent(await pathBelow(root, path)), {
        root,
        // A name may begin with one.
        dotfiles: 'allow',
        index: false,
        cacheControl: false,
        contentType: false,
      });
      const { statusCode, headers, stream } = file;
      if (statusCode === 412 || statusCode === 416) {
        const range = headers['Content-Range'];
        if (range !== undefined) reply.header('content-range', range);
        return reply.code(statusCode).send();
      }
      if (file.type !== 'file') throw new ProblemError('FILE_GONE');

      open.add(stream);
      stream.once('close', () => open.delete(stream));
      return (
        reply
          .code(statusCode)
          .headers(headers)
          .type(content_type !== null && MEDIA_TYPE.test(content_type) ? content_type : 'application/octet-stream')
          // Whatever it is, and also if a browser shows it all the same: it must not act in our name.
          .header('content-disposition', create(basename(path)))
          .header('content-security-policy', "default-src 'none'; sandbox")
          .header('x-content-type-options', 'nosniff')
          .header('cache-control', 'private, no-cache')
          .send(stream)
      );
    },
  );
}

function resultOf({ status, result }: Download): NonNullable<Download['result']> {
  if (status !== 'completed') {
    throw new ProblemError('STATUS_CONFLICT', {
      detail: `Only a completed download has a file; this one is ${status}`,
    });
  }
  if (result === null) throw new ProblemError('FILE_GONE');
  return result;
}

/**
 * Where a file of the download directory really lies, relative to it.
 * @throws {ProblemError} FILE_GONE also if that is outside: by `..`, or by a symbolic link that somebody put there.
 */
async function pathBelow(root: string, path: string): Promise<string> {
  try {
    const real = relative(await realpath(root), await realpath(join(root, path)));
    if (real !== '' && real !== '..' && !real.startsWith(`..${sep}`)) return real;
  } catch (error) {
    throw new ProblemError('FILE_GONE', { cause: error });
  }
  throw new ProblemError('FILE_GONE');
}
