import type { Stats } from '@hermes/contracts';
import { formatBytes, formatDuration, formatPercent, formatSpeed } from '../../format.ts';

/** The numbers of a period. */
export function StatsFigures({ stats }: { stats: Stats }) {
  const count = (value: number) => value.toLocaleString('en');
  const { success_rate: rate, average_duration_ms: duration } = stats;
  const figures = [
    { name: 'Added', value: count(stats.downloads) },
    { name: 'Completed', value: count(stats.completed) },
    { name: 'Failed', value: count(stats.failed), tone: stats.failed > 0 ? 'bad' : undefined },
    { name: 'Cancelled', value: count(stats.cancelled) },
    { name: 'Downloaded', value: formatBytes(stats.bytes) },
    { name: 'Success rate', value: formatPercent(rate === null ? null : rate * 100) },
    { name: 'Average time', value: formatDuration(duration === null ? null : duration / 1000) },
    { name: 'Average speed', value: formatSpeed(stats.average_speed) },
  ];
  return (
    <dl className="stats-figures live" data-testid="stats-figures">
      {figures.map(({ name, value, tone }) => (
        <div key={name} className="stats-figure" data-tone={tone}>
          <dt>{name}</dt>
          <dd>{value}</dd>
        </div>
      ))}
    </dl>
  );
}
