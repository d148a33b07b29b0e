import { z } from 'zod';
import type { EngineProgress } from './engine.ts';
import { toAmount } from './ytdlp-amount.ts';
import type { Component } from './ytdlp-plan.ts';

/** Until the file is whole; nothing before that may look like the end. */
const ALMOST = 0.99;

const amount = z.unknown().optional().transform(toAmount);

const lineSchema = z.object({
  format: z.string().catch(''),
  progress: z.object({
    status: z.string().catch(''),
    downloaded_bytes: amount,
    total_bytes: amount,
    total_bytes_estimate: amount,
    fragment_index: amount,
    fragment_count: amount,
  }),
});
type Reported = z.infer<typeof lineSchema>['progress'];

interface Part extends Component {
  downloaded: number;
  /** 0–1; null: nothing says. */
  fraction: number | null;
}

/**
 * Video, then audio, then their merging as one bar that never goes back. Each stream has the share of it that its size
 * lets expect; the total is told only once that of every stream is known for certain.
 */
export class YtdlpProgress {
  readonly #parts: Part[];
  readonly #wholeWeight: number;
  #fraction: number | null = null;
  #current: Part | undefined;

  constructor(components: readonly Component[]) {
    this.#parts = components.map((component) => ({ ...component, downloaded: 0, fraction: null }));
    this.#wholeWeight = components.reduce((sum, { weight }) => sum + weight, 0);
  }

  /** A line of the download, as the template of `downloadConfig` has it. @returns null if it says nothing. */
  read(line: string): EngineProgress | null {
    const parsed = lineSchema.safeParse(parse(line));
    if (!parsed.success) return null;
    const { format, progress } = parsed.data;
    const part = this.#parts.length === 1 ? this.#parts[0] : this.#parts.find(({ formatId }) => formatId === format);
    if (part === undefined) return null;
    this.#current = part;
    part.downloaded = Math.max(part.downloaded, Math.floor(progress.downloaded_bytes ?? 0));
    // Of fragments there is none before the last one has come.
    if (progress.total_bytes !== null) part.bytes = Math.max(part.downloaded, Math.floor(progress.total_bytes));
    const fraction = fractionOf(progress);
    if (fraction !== null) part.fraction = Math.max(part.fraction ?? 0, fraction);
    return this.#tell(part.stage);
  }

  /** Everything is there, and work is left. */
  after(stage: 'merging' | 'verifying'): EngineProgress {
    for (const part of this.#parts) part.fraction = 1;
    this.#current = undefined;
    return this.#tell(stage);
  }

  #tell(stage: EngineProgress['stage']): EngineProgress {
    // A stream that says nothing of how far it is leaves the bar where it was.
    if (this.#current?.fraction !== null) {
      const done = this.#parts.reduce((sum, { weight, fraction }) => sum + weight * (fraction ?? 0), 0);
      this.#fraction = Math.max(this.#fraction ?? 0, (ALMOST * done) / this.#wholeWeight);
    }
    const downloadedBytes = this.#parts.reduce((sum, { downloaded }) => sum + downloaded, 0);
    const total = this.#parts.reduce<number | null>(
      (sum, { bytes }) => (sum === null || bytes === null ? null : sum + bytes),
      0,
    );
    const totalBytes = total === null ? null : Math.max(total, downloadedBytes);
    return { downloadedBytes, totalBytes, fraction: this.#fraction, stage };
  }
}

/** 0–1 of one stream. An estimate of the total moves it within the fragment that has begun, and no further. */
function fractionOf(progress: Reported): number | null {
  const { status, total_bytes: total, total_bytes_estimate: estimate, fragment_count: count } = progress;
  const bytes = progress.downloaded_bytes ?? 0;
  if (status === 'finished') return 1;
  if (total) return Math.min(1, bytes / total);
  const guess = estimate ? Math.min(1, bytes / estimate) : null;
  if (!count) return guess === null ? null : Math.min(ALMOST, guess);
  const index = progress.fragment_index ?? 0;
  const from = Math.min(1, index / count);
  return Math.min(1, Math.max(from, Math.min((index + 1) / count, guess ?? from)));
}

function parse(line: string): unknown {
  try {
    return JSON.parse(line);
  } catch {
    return null;
  }
}
