import { describe, expect, it } from 'vitest';
import { Metrics, seriesBy } from './metrics.ts';

/** The samples of ours, without those of the process. */
async function samples(...services: Metrics[]): Promise<string[]> {
  const text = await Metrics.render(services);
  return text.split('\n').filter((line) => line.startsWith('test_'));
}

describe('Metrics', () => {
  it('reads numbers when it is asked, and only then', async () => {
    const metrics = new Metrics();
    let now = 1;
    metrics.gauge('test_now', 'Now', () => now);
    metrics.counter('test_total', 'In all', () => now * 2);
    expect(await samples(metrics)).toEqual(['test_now 1', 'test_total 2']);
    now = 5;
    expect(await samples(metrics)).toEqual(['test_now 5', 'test_total 10']);
  });

  it('shows every declared series from the start, and no other ever', async () => {
    const metrics = new Metrics();
    const tally = metrics.tally('test_ends_total', 'Ends', ['reason'], seriesBy('reason', ['slow', 'done']));
    expect(await samples(metrics)).toEqual(['test_ends_total{reason="slow"} 0', 'test_ends_total{reason="done"} 0']);
    tally.add('slow');
    tally.add('slow');
    tally.declare('slow', { reason: 'slow' });
    expect(() => tally.add('made up' as 'slow')).toThrow(RangeError);
    expect(await samples(metrics)).toEqual(['test_ends_total{reason="slow"} 2', 'test_ends_total{reason="done"} 0']);
  });

  it('sorts what is measured into buckets', async () => {
    const metrics = new Metrics();
    const observe = metrics.histogram('test_seconds', 'Time', [0.1, 1]);
    observe(0.05);
    observe(3);
    expect(await samples(metrics)).toEqual([
      'test_seconds_bucket{le="0.1"} 1',
      'test_seconds_bucket{le="1"} 1',
      'test_seconds_bucket{le="+Inf"} 2',
      'test_seconds_sum 3.05',
      'test_seconds_count 2',
    ]);
  });

  it('does so by label, for declared values', async () => {
    const metrics = new Metrics();
    const { declare, observe } = metrics.histogramBy('test_seconds', 'Time', 'route', [1]);
    declare('GET /a');
    observe('GET /a', 0.5);
    declare('GET /a');
    expect(await samples(metrics)).toContain('test_seconds_bucket{le="1",route="GET /a"} 1');
    expect(() => observe('GET /b', 1)).toThrow(RangeError);
  });

  it('renders several services of one process together, and the process once', async () => {
    const [one, two] = [new Metrics(), new Metrics()];
    one.gauge('test_one', 'One', () => 1);
    two.gauge('test_two', 'Two', () => 2);
    expect(await samples(one, two)).toEqual(['test_one 1', 'test_two 2']);
    const text = await Metrics.render([one, two]);
    expect(text.match(/^# TYPE process_resident_memory_bytes gauge$/gm)).toHaveLength(1);
    // A second one of the same name would be added up by whoever reads it.
    const clash = new Metrics();
    clash.gauge('test_one', 'One again', () => 1);
    await expect(Metrics.render([one, clash])).rejects.toThrow();
  });
});
