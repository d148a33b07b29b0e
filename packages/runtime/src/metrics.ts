import { Counter, collectDefaultMetrics, Gauge, Histogram, Registry } from 'prom-client';

type Labels = Readonly<Record<string, string>>;

/** The series of a metric, each under the name that it is counted by. */
export type Series<Key extends string> = Readonly<Record<Key, Labels>>;

/** One series for each value of one label, counted by that value. */
export function seriesBy<Value extends string>(label: string, values: readonly Value[]): Series<Value> {
  const series = {} as Record<Value, Labels>;
  for (const value of values) series[value] = { [label]: value };
  return series;
}

/**
 * Counts that grow. Every series is declared before it is counted, and is there from then on, at 0: what callers send
 * can never become a series.
 */
export class Tally<Key extends string> {
  readonly #series = new Map<Key, { labels: Labels; total: number }>();

  constructor(series: Series<Key>) {
    for (const [key, labels] of Object.entries(series)) this.declare(key as Key, labels as Labels);
  }

  /** Declaring a series again changes nothing. */
  declare(key: Key, labels: Labels): void {
    if (!this.#series.has(key)) this.#series.set(key, { labels, total: 0 });
  }

  /** @throws {RangeError} if the series was not declared, which is a defect. */
  add(key: Key): void {
    const series = this.#series.get(key);
    if (series === undefined) throw new RangeError(`No series was declared as ${key}`);
    series.total += 1;
  }

  *[Symbol.iterator](): IterableIterator<{ labels: Labels; total: number }> {
    yield* this.#series.values();
  }
}

/**
 * What one service measures. It is a service's own: two of them in one process do not get into each other's way.
 * Numbers are kept where they arise, as plain numbers, and read when somebody asks; durations are in seconds.
 */
export class Metrics {
  readonly #registry = new Registry();

  /** A number that goes up and down. */
  gauge(name: string, help: string, read: () => number): void {
    new Gauge({
      name,
      help,
      registers: [this.#registry],
      collect() {
        this.set(read());
      },
    });
  }

  /** A number that only grows while the process lives. */
  counter(name: string, help: string, read: () => number): void {
    new Counter({
      name,
      help,
      registers: [this.#registry],
      collect() {
        this.reset();
        this.inc(read());
      },
    });
  }

  /** Such numbers by labels. @param labels the names that every series has. */
  tally<Key extends string>(name: string, help: string, labels: readonly string[], series: Series<Key>): Tally<Key> {
    const tally = new Tally(series);
    new Counter({
      name,
      help,
      labelNames: labels,
      registers: [this.#registry],
      collect() {
        this.reset();
        for (const { labels: values, total } of tally) this.inc(values, total);
      },
    });
    return tally;
  }

  /** @returns what takes a measured value. It costs about a microsecond: not for what happens once a client and event. */
  histogram(name: string, help: string, buckets: readonly number[]): (value: number) => void {
    const histogram = new Histogram({ name, help, buckets: [...buckets], registers: [this.#registry] });
    return (value) => histogram.observe(value);
  }

  /** One histogram for each of the values that are declared for a label. */
  histogramBy(
    name: string,
    help: string,
    label: string,
    buckets: readonly number[],
  ): { declare(value: string): void; observe(value: string, measured: number): void } {
    const histogram = new Histogram({
      name,
      help,
      labelNames: [label],
      buckets: [...buckets],
      registers: [this.#registry],
    });
    const declared = new Set<string>();
    return {
      declare: (value) => {
        if (!declared.has(value)) histogram.zero({ [label]: value });
        declared.add(value);
      },
      observe: (value, measured) => {
        if (!declared.has(value)) throw new RangeError(`No histogram was declared for ${value}`);
        histogram.observe({ [label]: value }, measured);
      },
    };
  }

  /** The metrics of several services of one process, and those of the process itself, as Prometheus reads them. */
  static async render(services: readonly Metrics[]): Promise<string> {
    return Registry.merge([processRegistry(), ...services.map((metrics) => metrics.#registry)]).metrics();
  }
}

export const METRICS_CONTENT_TYPE = Registry.PROMETHEUS_CONTENT_TYPE;

let ofProcess: Registry | null = null;

/** Of the process, of which there is one, however many services it runs; watched from the first time that it is asked for. */
function processRegistry(): Registry {
  if (ofProcess === null) {
    ofProcess = new Registry();
    collectDefaultMetrics({ register: ofProcess });
  }
  return ofProcess;
}
