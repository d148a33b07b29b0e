import type { IncomingHttpHeaders } from 'node:http';
import type { Agent } from 'undici';
import type { PartialState } from '../files/attempt-directory.ts';
import { chooseFileName } from '../files/file-name.ts';
import type { PartFile } from '../files/part-file.ts';
import { createGuardedAgent } from '../guard/guarded-agent.ts';
import { DownloadFailure } from './download-failure.ts';
import type { Engine, EngineResult, EngineRun } from './engine.ts';
import { discard, type HttpResponse, openResponse } from './http-request.ts';
import { receiveBody } from './receive-body.ts';

interface HttpEngineOptions {
  /** `HERMES_ALLOW_PRIVATE_NETWORKS` */
  allowPrivate: boolean;
  /** `HERMES_MAX_DOWNLOAD_SIZE`; null: no limit. */
  maxBytes: number | null;
  /** How long a server may say nothing. */
  idleTimeoutMs: number;
}

/** What an earlier attempt left, its bytes read in. */
interface Leftover {
  state: PartialState;
  part: PartFile;
}

/** Plain HTTP and HTTPS: one GET, resumed by Range and If-Range where the server gives something to hold on to. */
export class HttpEngine implements Engine {
  readonly #options: HttpEngineOptions;
  readonly #agent: Agent;

  constructor(options: HttpEngineOptions) {
    this.#options = options;
    this.#agent = createGuardedAgent(options);
  }

  async close(): Promise<void> {
    await this.#agent.destroy();
  }

  async run(run: EngineRun): Promise<EngineResult> {
    const leftover = await openLeftover(run);
    let part = leftover?.part ?? null;
    try {
      if (leftover !== null && leftover.part.size === leftover.state.total_bytes) {
        return await finish(leftover.state, leftover.part);
      }
      const { response, isRest } = await this.#request(run, leftover);
      try {
        let state = leftover?.state ?? null;
        if (state === null || part === null || !isRest) {
          await part?.close();
          part = null;
          ({ state, part } = await begin(run, state, response));
        }
        this.#checkLimit(state.total_bytes);
        await receiveBody({ run, response, part, totalBytes: state.total_bytes, maxBytes: this.#options.maxBytes });
        // Now the length is known: after a crash nothing needs to be asked for again.
        const whole = { ...state, total_bytes: part.size };
        if (state.total_bytes === null) await run.directory.writeState(whole);
        return await finish(whole, part);
      } catch (error) {
        discard(response.body);
        throw error;
      }
    } finally {
      await part?.close();
    }
  }

  /** The rest of what is there if it is still the same file, else all of it. */
  async #request(run: EngineRun, leftover: Leftover | null): Promise<{ response: HttpResponse; isRest: boolean }> {
    const { headers } = run;
    const { url } = run.job;
    const resume = leftover === null ? null : resumeFrom(leftover);
    if (leftover !== null && resume !== null) {
      const response = await openResponse(this.#agent, { url, headers, resume }, run.signal);
      if (continues(leftover, response)) return { response, isRest: true };
      if (response.status !== 206 && response.status !== 416) return { response, isRest: false };
      discard(response.body);
    }
    const response = await openResponse(this.#agent, { url, headers, resume: null }, run.signal);
    return { response, isRest: false };
  }

  #checkLimit(totalBytes: number | null): void {
    const { maxBytes } = this.#options;
    if (maxBytes !== null && totalBytes !== null && totalBytes > maxBytes) {
      throw new DownloadFailure('SIZE_LIMIT_EXCEEDED');
    }
  }
}

async function finish(state: PartialState, part: PartFile): Promise<EngineResult> {
  await part.sync();
  return { name: state.name, size: part.size, sha256: part.sha256(), contentType: state.content_type };
}

async function openLeftover({ job, directory, signal }: EngineRun): Promise<Leftover | null> {
  const state = await directory.readState();
  if (state === null || state.url !== job.url) return null;
  const part = await directory.openPart(state);
  if (part === null) return null;
  try {
    await part.rehash(signal);
    return { state, part };
  } catch (error) {
    await part.close();
    throw error;
  }
}

/** Without a validator, or past the end, there is nothing safe to go on from. */
function resumeFrom({ state, part }: Leftover): { offset: number; validator: string } | null {
  const validator = strongEtag(state.etag) ?? state.last_modified;
  if (validator === null || part.size === 0) return null;
  if (state.total_bytes !== null && part.size > state.total_bytes) return null;
  return { offset: part.size, validator };
}

/** If-Range (RFC 9110, 13.1.5) compares strongly: a weak tag names no exact bytes. */
function strongEtag(etag: string | null): string | null {
  return etag?.startsWith('"') ? etag : null;
}

/** Whether a 206 really is the rest of the same file; servers that ignore If-Range send one of another. */
function continues({ state, part }: Leftover, { status, headers }: HttpResponse): boolean {
  if (status !== 206) return false;
  const range = /^bytes (\d+)-(\d+)\/(\d+|\*)$/.exec(headers['content-range'] ?? '');
  if (range === null || Number(range[1]) !== part.size) return false;
  const total = range[3] === '*' ? null : Number(range[3]);
  const differs = (known: string | null, told: string | undefined) => told !== undefined && told !== known;
  return (
    (total === null || total === state.total_bytes) &&
    !differs(state.etag, headers.etag) &&
    !differs(state.last_modified, headers['last-modified'])
  );
}

async function begin(
  run: EngineRun,
  previous: PartialState | null,
  { headers, url }: HttpResponse,
): Promise<{ state: PartialState; part: PartFile }> {
  await run.beforeWrite();
  const name = chooseFileName({
    given: run.job.filename,
    contentDisposition: single(headers['content-disposition']),
    url,
  });
  const state: PartialState = {
    url: run.job.url,
    etag: headers.etag ?? null,
    last_modified: headers['last-modified'] ?? null,
    total_bytes: contentLength(headers),
    content_type: single(headers['content-type']),
    name,
    placed: null,
  };
  return { state, part: await run.directory.beginPart(state, previous?.name ?? null) };
}

function contentLength(headers: IncomingHttpHeaders): number | null {
  const text = headers['content-length'] ?? '';
  const length = /^\d+$/.test(text) ? Number(text) : Number.NaN;
  return Number.isSafeInteger(length) ? length : null;
}

function single(value: string | string[] | undefined): string | null {
  return (Array.isArray(value) ? value[0] : value) ?? null;
}
