import { readdir } from 'node:fs/promises';
import { createLogger } from '@hermes/runtime';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { sha256 } from '../../../tests/support/test-origin.ts';
import { AttemptDirectory } from './files/attempt-directory.ts';
import { finishDownload } from './finish-download.ts';
import { WorkerHarness } from './fixtures/worker-harness.ts';
import { HeldAttempt } from './held-attempt.ts';

describe('finishDownload', () => {
  let harness: WorkerHarness;
  let attempt: HeldAttempt;
  let directory: AttemptDirectory;
  let id: string;
  const content = Buffer.from('whole');
  const file = { name: 'file', size: content.length, sha256: 'a'.repeat(64), contentType: null };
  const url = 'http://host/file';
  const signal = new AbortController().signal;
  const startedAt = new Date().toISOString();

  beforeEach(async () => {
    harness = await WorkerHarness.start();
    id = await harness.enqueue({ url });
    const claimed = await harness.publisher.claimAttempt(id, {});
    attempt = new HeldAttempt({
      publisher: harness.publisher,
      downloadId: id,
      attempt: claimed.attempt,
      frozenAfterMs: 10_000,
      logger: createLogger('worker', 'silent'),
    });
    directory = await AttemptDirectory.claim(harness.dir, id, claimed.attempt);
    const state = { url, etag: null, last_modified: null, total_bytes: 5, content_type: null, name: 'file' };
    const part = await directory.beginPart({ ...state, placed: null }, null);
    await part.append(content);
    await part.close();
  });
  afterEach(async () => {
    attempt.close();
    await harness.close();
  });

  const job = () => ({ download_id: id, engine: 'http' as const, url });

  /** Something else happens to the download right before this attempt tells a status. */
  function interrupted(before: string, happens: () => Promise<unknown>): Pick<HeldAttempt, 'tell'> {
    return {
      tell: async (status, patch, until) => {
        if (status === before) await happens();
        await attempt.tell(status, patch, until);
      },
    };
  }

  it('places nothing for an attempt that the log does not have any more', async () => {
    const taken = interrupted('processing', () => harness.publisher.claimAttempt(id, {}));
    await expect(
      finishDownload({ job: job(), attempt: taken, directory, file, startedAt, signal }),
    ).rejects.toMatchObject({ refusal: { reason: 'stale' } });
    expect(await harness.files()).toEqual([]);
  });

  it('takes the file away again if the download was cancelled at the last moment', async () => {
    const cancel = () => harness.publisher.publishStatus(id, 'current', 'cancelled', {});
    const cancelled = interrupted('completed', cancel);
    await expect(
      finishDownload({ job: job(), attempt: cancelled, directory, file, startedAt, signal }),
    ).rejects.toMatchObject({ refusal: { status: 'cancelled' } });
    expect(await harness.files()).toEqual([]);
    expect((await harness.read(id)).status).toBe('cancelled');
  });

  it('leaves the file to the attempt that has taken over meanwhile, which recognises it', async () => {
    let next: AttemptDirectory | undefined;
    const overtaken = interrupted('completed', async () => {
      const { attempt: number } = await harness.publisher.claimAttempt(id, {});
      next = await AttemptDirectory.claim(harness.dir, id, number);
    });
    await expect(
      finishDownload({ job: job(), attempt: overtaken, directory, file, startedAt, signal }),
    ).rejects.toMatchObject({ refusal: { reason: 'stale' } });
    expect(await harness.files()).toEqual(['file']);
    expect((await next?.readState())?.placed).toEqual({ name: 'file', size: 5, sha256: file.sha256 });
  });

  it('leaves of what was partial only what tells the next attempt of the file, should the log lose the fact', async () => {
    const whole = { ...file, sha256: sha256(content) };
    await finishDownload({ job: job(), attempt, directory, file: whole, startedAt, signal });
    expect(await readdir(directory.path)).toEqual(['state.json']);
    await harness.commands.flushall();
    await harness.create({ download_id: id, url });
    const { attempt: number } = await harness.publisher.claimAttempt(id, {});
    const next = await AttemptDirectory.claim(harness.dir, id, number);
    const again = new HeldAttempt({
      publisher: harness.publisher,
      downloadId: id,
      attempt: number,
      frozenAfterMs: 10_000,
      logger: createLogger('worker', 'silent'),
    });
    await finishDownload({ job: job(), attempt: again, directory: next, file: whole, startedAt, signal });
    again.close();
    expect(await harness.files()).toEqual(['file']);
    expect((await harness.read(id)).result).toMatchObject({ path: 'file', sha256: whole.sha256 });
  });
});
