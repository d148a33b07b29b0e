import { BatchWriter } from '../files/batch-writer.ts';
import type { PartFile } from '../files/part-file.ts';
import { DownloadFailure, toNetworkFailure } from './download-failure.ts';
import type { EngineRun } from './engine.ts';
import type { HttpResponse } from './http-request.ts';

interface Receive {
  run: EngineRun;
  response: HttpResponse;
  part: PartFile;
  /** Of the whole file; null: until the body ends. */
  totalBytes: number | null;
  maxBytes: number | null;
}

/**
 * From the socket to the disk. While both batches are full, or the pace is used up, nothing is read: so memory holds two
 * batches and what the socket has buffered, whatever the size of the file.
 * @throws {DownloadFailure}
 */
export async function receiveBody({ run, response, part, totalBytes, maxBytes }: Receive): Promise<void> {
  const { body } = response;
  const writer = new BatchWriter(
    async (bytes) => {
      await run.beforeWrite();
      await part.append(bytes);
      run.onProgress({ downloadedBytes: part.size, totalBytes });
    },
    (error) => body.destroy(error as Error),
  );
  let received = part.size;
  run.onProgress({ downloadedBytes: received, totalBytes });

  /** @returns undefined if all of it was taken at once. */
  const take = (chunk: Buffer): Promise<void> | undefined => {
    received += chunk.length;
    if (maxBytes !== null && received > maxBytes) throw new DownloadFailure('SIZE_LIMIT_EXCEEDED');
    if (totalBytes !== null && received > totalBytes) throw new DownloadFailure('SIZE_MISMATCH');
    const granted = run.pace(chunk.length);
    if (granted === chunk.length && writer.tryAdd(chunk)) return undefined;
    return takePieces(chunk, granted);
  };
  const takePieces = async (chunk: Buffer, first: number | Promise<number>): Promise<void> => {
    let [rest, granted] = [chunk, await first];
    for (;;) {
      await writer.add(rest.subarray(0, granted));
      rest = rest.subarray(granted);
      if (rest.length === 0) return;
      granted = await run.pace(rest.length);
    }
  };

  try {
    await consume(body, take);
    await writer.flush();
  } catch (error) {
    run.signal.throwIfAborted();
    const failure = toNetworkFailure(error);
    // What has come is good: the next try goes on after it.
    if (failure.code !== 'DISK_FULL' && failure.code !== 'WRITE_FAILED') await writer.flush();
    throw failure;
  } finally {
    await writer.close();
  }
  if (totalBytes !== null && part.size !== totalBytes) throw new DownloadFailure('SIZE_MISMATCH');
}

/** Hands on each chunk as it comes; while one is not taken yet nothing more is read. */
function consume(body: HttpResponse['body'], take: (chunk: Buffer) => Promise<void> | undefined): Promise<void> {
  return new Promise((done, fail) => {
    const stop = (error: unknown) => {
      fail(error as Error);
      body.destroy(error as Error);
    };
    let before: ArrayBufferLike | null = null;
    let taking: Promise<void> | undefined;
    body.on('data', (chunk: Buffer) => {
      if (before !== null && before !== chunk.buffer) release(before);
      before = isWhole(chunk) ? chunk.buffer : null;
      try {
        taking = take(chunk);
        if (taking === undefined) return;
        body.pause();
        taking.then(() => body.resume(), stop);
      } catch (error) {
        stop(error);
      }
    });
    // However it ends, also while it is paused: what has come is taken first. Only the first end counts.
    const end = (settle: () => void) => void Promise.resolve(taking).then(settle, fail);
    const brokenOff = () => end(() => fail(body.errored ?? new DownloadFailure('CONNECTION_FAILED')));
    body.once('end', () => end(done));
    body.once('error', brokenOff);
    body.once('close', brokenOff);
    // While nobody listened.
    if (body.destroyed) brokenOff();
  });
}

/** Node reads each time into memory of its own; what has to share it (small chunks, a pool) does not fill it. */
function isWhole({ buffer, byteOffset, byteLength }: Buffer): boolean {
  return byteLength > 0 && byteOffset === 0 && byteLength === buffer.byteLength;
}

/**
 * Gives the memory of a chunk back now and not at some garbage collection: 1 GB comes in 16,000 of them, and dead ones
 * were most of a fast download's memory and a fifth of its time. Nobody looks at it again: it was copied, and the parser
 * has gone on to the next.
 */
function release(buffer: ArrayBufferLike): void {
  if (buffer instanceof ArrayBuffer) buffer.transfer(0);
}
