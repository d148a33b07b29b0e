/** One line of what `/metrics` answers. */
export interface MetricSample {
  name: string;
  labels: Record<string, string>;
  value: number;
}

/** Reads Prometheus' text format as far as we write it: no time stamps, no escapes in label values. */
export function metricSamples(text: string): MetricSample[] {
  return text
    .split('\n')
    .filter((line) => line !== '' && !line.startsWith('#'))
    .map((line) => {
      const match = /^([a-z_0-9]+)(?:\{(.*)\})? (\S+)$/.exec(line);
      if (match === null) throw new Error(`This is no sample: ${line}`);
      const labels = [...(match[2] ?? '').matchAll(/(\w+)="([^"]*)"/g)].map(([, label, value]) => [label, value]);
      return { name: match[1] ?? '', labels: Object.fromEntries(labels), value: Number(match[3]) };
    });
}

/** The value of the one sample of that name with exactly these labels. */
export function metricValue(
  samples: readonly MetricSample[],
  name: string,
  labels: Record<string, string> = {},
): number | undefined {
  const wanted = JSON.stringify(Object.entries(labels).sort());
  return samples.find(
    (sample) => sample.name === name && JSON.stringify(Object.entries(sample.labels).sort()) === wanted,
  )?.value;
}
