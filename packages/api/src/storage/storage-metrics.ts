import { type DiskSpace, type Metrics, seriesBy, type Tally } from '@hermes/runtime';
import type { SnapshotDiagnostics } from './snapshot-cache.ts';

const OUTCOMES = ['succeeded', 'failed'] as const;
const SECONDS = [0.01, 0.05, 0.1, 0.5, 1, 5, 10, 60, 600];

interface Measured {
  space(): DiskSpace | null;
  diagnostics(): SnapshotDiagnostics;
}

/** What is measured of the disk and of the scans of the download directory. */
export class StorageMetrics {
  readonly #scans: Tally<(typeof OUTCOMES)[number]>;
  readonly #observe: (seconds: number) => void;

  constructor(metrics: Metrics, { space, diagnostics }: Measured) {
    metrics.gauge('hermes_storage_used_bytes', 'In use on the disk of the downloads', () => space()?.used ?? 0);
    metrics.gauge('hermes_storage_free_bytes', 'What Hermes may still use of that disk', () => space()?.free ?? 0);
    this.#scans = metrics.tally(
      'hermes_storage_scans_total',
      'Scans of the download directory that have ended',
      ['outcome'],
      seriesBy('outcome', OUTCOMES),
    );
    this.#observe = metrics.histogram('hermes_storage_scan_duration_seconds', 'How long those took', SECONDS);
    metrics.counter(
      'hermes_storage_scans_joined_total',
      'Requests that found a scan under way and made do with it',
      () => diagnostics().joined,
    );
    metrics.counter(
      'hermes_storage_stale_served_total',
      'Answers from a snapshot that was out of date',
      () => diagnostics().staleServed,
    );
  }

  ended(outcome: (typeof OUTCOMES)[number], durationMs: number): void {
    this.#scans.add(outcome);
    this.#observe(durationMs / 1000);
  }
}
