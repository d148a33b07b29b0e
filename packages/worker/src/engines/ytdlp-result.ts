import { extname } from 'node:path';
import type { PartialState } from '../files/attempt-directory.ts';
import { chooseFileName } from '../files/file-name.ts';
import { toDiskFailure } from './download-failure.ts';
import type { EngineResult, EngineRun } from './engine.ts';

/** The file, if an attempt before has come as far as that. */
export async function readFinished(run: EngineRun): Promise<EngineResult | null> {
  const state = await run.directory.readState();
  if (state === null || state.url !== run.job.url || state.total_bytes === null) return null;
  const result = await readWhole(run, state);
  return result?.size === state.total_bytes ? result : null;
}

/** The part file, read from beginning to end; null if there is none. */
export async function readWhole(run: EngineRun, state: PartialState): Promise<EngineResult | null> {
  const part = await run.directory.openPart(state);
  if (part === null) return null;
  try {
    await part.rehash(run.signal);
    await part.sync();
    return { name: state.name, size: part.size, sha256: part.sha256(), contentType: state.content_type };
  } catch (error) {
    run.signal.throwIfAborted();
    throw toDiskFailure(error);
  } finally {
    await part.close();
  }
}

/** @param given what a person wants it to be called */
export function mediaFileName(given: string | undefined, title: string, extension: string): string {
  const wanted = given === undefined || extname(given) !== '' ? given : `${given}${extension}`;
  // A title is no path, whatever is in it.
  return chooseFileName({
    given: wanted ?? `${title}${extension}`,
    contentDisposition: null,
    url: `x:/video${extension}`,
  });
}
