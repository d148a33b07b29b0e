import { Metrics, seriesBy, type Tally } from '@hermes/runtime';
import type { Outcome } from './download-try.ts';

/** How a try ended; `error`: by a defect, or because the log could not be told. */
const OUTCOMES = ['completed', 'lost', 'given_back', 'retry', 'failed', 'error'] as const satisfies (
  | Outcome['kind']
  | 'error'
)[];

/** What a worker measures. */
export class WorkerMetrics {
  readonly metrics = new Metrics();
  /** Bytes that were brought to disk; what an earlier try had brought does not count again. */
  bytes = 0;
  #active = 0;
  readonly #tries: Tally<(typeof OUTCOMES)[number]>;

  constructor() {
    this.metrics.gauge('hermes_worker_active_downloads', 'Downloads at work', () => this.#active);
    this.metrics.counter('hermes_worker_downloaded_bytes_total', 'Bytes brought to disk', () => this.bytes);
    this.#tries = this.metrics.tally(
      'hermes_worker_attempts_total',
      'Tries at downloads that have ended',
      ['outcome'],
      seriesBy('outcome', OUTCOMES),
    );
  }

  /** Counts one try, from its beginning to its end. */
  async count(run: () => Promise<Outcome>): Promise<Outcome> {
    this.#active += 1;
    try {
      const outcome = await run();
      this.#tries.add(outcome.kind);
      return outcome;
    } catch (error) {
      this.#tries.add('error');
      throw error;
    } finally {
      this.#active -= 1;
    }
  }
}
