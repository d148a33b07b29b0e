import { createLogger } from '@hermes/runtime';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { WorkerHarness } from './fixtures/worker-harness.ts';
import { HeldAttempt, untilTold } from './held-attempt.ts';

const logger = createLogger('worker', 'silent');
const never = new AbortController().signal;

/** What SIGSTOP does to a process, as seen from inside: no code runs, and the clock goes on. */
function freeze(ms: number): void {
  Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, ms);
}

describe('HeldAttempt', () => {
  let harness: WorkerHarness;
  let attempt: HeldAttempt;
  let id: string;

  beforeAll(async () => {
    harness = await WorkerHarness.start();
  });
  afterAll(() => harness.close());
  beforeEach(async () => {
    id = await harness.enqueue({ url: 'http://host/file' });
    const claimed = await harness.publisher.claimAttempt(id, {});
    const { publisher } = harness;
    attempt = new HeldAttempt({ publisher, downloadId: id, attempt: claimed.attempt, frozenAfterMs: 100, logger });
  });
  afterEach(() => attempt.close());

  const measured = { progress: 1, downloaded_bytes: 1, total_bytes: 100, download_speed: 1, eta: 99 };

  it('is lost, and stays so, once a newer one was claimed', async () => {
    await attempt.tellProgress(measured);
    await harness.publisher.claimAttempt(id, {});
    await expect(attempt.tellProgress(measured)).rejects.toMatchObject({ refusal: { reason: 'stale', attempt: 2 } });
    expect(attempt.lost.reason).toMatchObject({ name: 'AttemptLostError' });
  });

  it('after the process was frozen, the log is asked before anything is written', async () => {
    const facts = await harness.facts(id);
    freeze(200);
    await attempt.beforeWrite(never);
    expect(await harness.facts(id)).toEqual(facts);
    await harness.publisher.claimAttempt(id, {});
    // Nobody has told it yet, and without a freeze it does not ask.
    await attempt.beforeWrite(never);
    freeze(200);
    await expect(attempt.beforeWrite(never)).rejects.toMatchObject({ name: 'AttemptLostError' });
  });

  it('the freeze is not forgotten when a timer runs before the write does', async () => {
    await harness.publisher.publishStatus(id, 'current', 'cancelled', {});
    freeze(200);
    await new Promise((done) => setTimeout(done, 60));
    await expect(attempt.beforeWrite(never)).rejects.toMatchObject({
      refusal: { reason: 'final', status: 'cancelled' },
    });
  });
});

describe('untilTold', () => {
  it('asks again until there is an answer', async () => {
    let asked = 0;
    const ask = async () => {
      asked += 1;
      if (asked < 3) throw new Error('away');
      return asked;
    };
    expect(await untilTold(ask, never, logger)).toBe(3);
  });

  it('ends by the signal', async () => {
    const abort = new AbortController();
    const reason = new Error('enough');
    const asking = untilTold(() => Promise.reject(new Error('away')), abort.signal, logger);
    abort.abort(reason);
    await expect(asking).rejects.toBe(reason);
  });
});
