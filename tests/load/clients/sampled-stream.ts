import { microseconds } from '../process/clock.ts';
import { readMeasured } from '../process/measured-event.ts';

/** What the streams that are read in full have seen since the last mark. */
export class Sample {
  latenciesUs: number[] = [];
  events = 0;
  bytes = 0;
  /** Numbers that were jumped over. */
  missing = 0;
  /** Numbers that came again or late. */
  repeated = 0;
  /** Ids that were not greater than the one before. */
  disordered = 0;

  clear(): void {
    this.latenciesUs = [];
    this.events = 0;
    this.bytes = 0;
    this.missing = 0;
    this.repeated = 0;
    this.disordered = 0;
  }
}

/** Reads one stream in full: every field of every frame. */
export class SampledStream {
  readonly #sample: Sample;
  #text = '';
  lastId: string | null = null;
  /** The number of the newest event. */
  lastN = 0;
  /** Events and their bytes since the last mark. */
  events = 0;
  bytes = 0;
  isRecovered = false;
  /** Microseconds: what was published before does not count for the latency. */
  liveSince = 0;

  constructor(sample: Sample) {
    this.#sample = sample;
  }

  clear(): void {
    this.events = 0;
    this.bytes = 0;
  }

  /** A connection that broke off took the frame it was in with it. */
  forgetPartial(): void {
    this.#text = '';
  }

  feed(text: string): void {
    const now = microseconds();
    this.#text += text;
    let start = 0;
    for (;;) {
      const end = this.#text.indexOf('\n\n', start);
      if (end === -1) break;
      this.#onFrame(this.#text.slice(start, end), now);
      start = end + 2;
    }
    if (start > 0) this.#text = this.#text.slice(start);
  }

  #onFrame(frame: string, now: number): void {
    let id: string | null = null;
    let event = 'message';
    let data = '';
    for (const line of frame.split('\n')) {
      const colon = line.indexOf(':');
      const value = line.slice(line[colon + 1] === ' ' ? colon + 2 : colon + 1);
      if (line.startsWith('id:')) id = value;
      else if (line.startsWith('event:')) event = value;
      else if (line.startsWith('data:')) data = value;
    }
    if (id !== null) {
      // A heartbeat tells where the log stands, which may be where it stood.
      const isRepeatedByHeartbeat = event === 'heartbeat' && id === this.lastId;
      if (this.lastId !== null && !isLater(id, this.lastId) && !isRepeatedByHeartbeat) this.#sample.disordered += 1;
      this.lastId = id;
    }
    if (event === 'connected') this.isRecovered = data.includes('"recovered":true');
    const measured = data === '' ? null : readMeasured(event, data);
    if (measured === null) return;
    if (measured.sentAt >= this.liveSince) this.#sample.latenciesUs.push(now - measured.sentAt);
    if (measured.n <= this.lastN) this.#sample.repeated += 1;
    else if (this.lastN > 0) this.#sample.missing += measured.n - this.lastN - 1;
    this.lastN = measured.n;
    const bytes = frame.length + 2;
    this.events += 1;
    this.bytes += bytes;
    this.#sample.events += 1;
    this.#sample.bytes += bytes;
  }
}

/** Of `epoch:seq` the number within one epoch; of Nchan's `seconds:n` both. */
function isLater(id: string, than: string): boolean {
  const [first = '', second = ''] = id.split(':');
  const [firstBefore = '', secondBefore = ''] = than.split(':');
  return first === firstBefore ? Number(second) > Number(secondBefore) : Number(first) > Number(firstBefore);
}
