import type { FastifyReply, FastifyRequest } from 'fastify';
import { type Compressor, chooseCoding, createCompressor } from './content-coding.ts';

/** A stream that has not sent its first byte. */
interface Compressible {
  readonly closed: Promise<void>;
  compressWith(compressor: Compressor): void;
}

/**
 * Compresses streams as long as there are few of them. Each takes a window of its own, which brings a frame down to a
 * tenth; with many streams that memory is worth more than the bytes, and frames that are shared are cheaper to send.
 */
export class CompressionBudget {
  readonly #max: number;
  #used = 0;

  /** @param max how many streams are compressed at the same time. */
  constructor(max: number) {
    this.#max = max;
  }

  /** Sets the headers, and the stream's compressor if it gets one. To be called before the head is sent. */
  apply(request: FastifyRequest, reply: FastifyReply, stream: Compressible): void {
    reply.header('vary', [reply.getHeader('vary'), 'Accept-Encoding'].flat().filter(Boolean).join(', '));
    if (this.#used >= this.#max) return;
    const header = request.headers['accept-encoding'];
    const coding = chooseCoding(Array.isArray(header) ? header.join() : header);
    if (coding === null) return;
    this.#used += 1;
    void stream.closed.then(() => {
      this.#used -= 1;
    });
    reply.header('content-encoding', coding);
    stream.compressWith(createCompressor(coding));
  }
}
