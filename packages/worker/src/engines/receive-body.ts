import type { PartFile } from '../files/part-file.ts';
import { DownloadFailure, toNetworkFailure } from './download-failure.ts';
import type { EngineRun } from './engine.ts';
import type { HttpResponse } from './http-request.ts';

/** Few, large writes: one of 256 KiB costs hardly more than one of 16. */
const BATCH_BYTES = 256 * 1024;
/** A slow source must not make the bar jump. */
const BATCH_MS = 100;

interface Receive {
  run: EngineRun;
  response: HttpResponse;
  part: PartFile;
  /** Of the whole file; null: until the body ends. */
  totalBytes: number | null;
  maxBytes: number | null;
}

/**
 * From the socket to the disk. While a write is under way nothing is read, so that memory holds one batch and what the
 * socket has buffered, whatever the size of the file.
 * @throws {DownloadFailure}
 */
export async function receiveBody({ run, response, part, totalBytes, maxBytes }: Receive): Promise<void> {
  const batch = Buffer.allocUnsafe(BATCH_BYTES);
  let filled = 0;
  let writtenAt = performance.now();
  const write = async (bytes: Buffer) => {
    await run.beforeWrite();
    await part.append(bytes);
    writtenAt = performance.now();
    run.onProgress({ downloadedBytes: part.size, totalBytes });
  };
  const flush = async () => {
    if (filled > 0) await write(batch.subarray(0, filled));
    filled = 0;
  };
  run.onProgress({ downloadedBytes: part.size, totalBytes });
  // A source that pauses must not leave what has come lying in the batch: the bar would stand still at less than there is.
  let isWaiting = true;
  let settling: Promise<void> | null = null;
  const timer = setInterval(() => {
    if (!isWaiting || settling !== null || filled === 0) return;
    settling = flush()
      .catch((error: Error) => void response.body.destroy(error))
      .finally(() => {
        settling = null;
      });
  }, BATCH_MS);
  try {
    for await (const chunk of response.body as AsyncIterable<Buffer>) {
      isWaiting = false;
      if (settling !== null) await settling;
      const received = part.size + filled + chunk.length;
      if (maxBytes !== null && received > maxBytes) throw new DownloadFailure('SIZE_LIMIT_EXCEEDED');
      if (totalBytes !== null && received > totalBytes) throw new DownloadFailure('SIZE_MISMATCH');
      if (filled + chunk.length > BATCH_BYTES) await flush();
      if (chunk.length > BATCH_BYTES) {
        await write(chunk);
      } else {
        chunk.copy(batch, filled);
        filled += chunk.length;
      }
      if (performance.now() - writtenAt >= BATCH_MS) await flush();
      isWaiting = true;
    }
  } catch (error) {
    if (settling !== null) await settling;
    run.signal.throwIfAborted();
    const failure = toNetworkFailure(error);
    // What has come is good: the next try goes on after it.
    if (failure.code !== 'DISK_FULL' && failure.code !== 'WRITE_FAILED') await flush();
    throw failure;
  } finally {
    clearInterval(timer);
  }
  if (settling !== null) await settling;
  await flush();
  if (totalBytes !== null && part.size !== totalBytes) throw new DownloadFailure('SIZE_MISMATCH');
}
