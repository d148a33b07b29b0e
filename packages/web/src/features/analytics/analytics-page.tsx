import { PERIODS, type Period } from '@hermes/contracts';
import { useAnalyticsSSE } from '@hermes/react';
import { IconChartBar } from '@tabler/icons-react';
import { Link, useSearch } from '@tanstack/react-router';
import { LiveArea } from '../connection/live-area.tsx';
import { ListError } from '../downloads/list-error.tsx';
import { ListSkeleton } from '../downloads/list-skeleton.tsx';
import { PageHead } from '../shell/page-head.tsx';
import { PageMessage } from '../shell/page-message.tsx';
import { usePageTitle } from '../shell/use-page-title.ts';
import { DEFAULT_PERIOD } from './analytics-search.ts';
import { PERIOD_WORDS } from './period-words.ts';
import { StatsFigures } from './stats-figures.tsx';
import { TimelineSection } from './timeline-section.tsx';
import './analytics.css';

/** What was downloaded over a period, in numbers and over time. */
export function AnalyticsPage() {
  const { period = DEFAULT_PERIOD } = useSearch({ from: '/shell/analytics' });
  const { data, error, dataUpdatedAt, failureCount, refetch } = useAnalyticsSSE(period);
  usePageTitle('Analytics');
  return (
    <div className="page" data-testid="analytics-page">
      <PageHead title="Analytics">
        <PeriodSwitch />
      </PageHead>
      <LiveArea className="analytics" updatedAt={() => dataUpdatedAt} isFailing={failureCount > 0}>
        {data === undefined ? (
          error === null ? (
            <ListSkeleton what="statistics" />
          ) : (
            <ListError what="statistics" error={error} onRetry={() => void refetch()} />
          )
        ) : data.downloads + data.completed + data.failed + data.cancelled === 0 ? (
          <PageMessage
            Icon={IconChartBar}
            title={`Nothing within ${PERIOD_WORDS[period].span}`}
            detail="What is added and what ends is counted here. A longer period may have something to show."
          />
        ) : (
          <>
            <StatsFigures stats={data} />
            {/* Another period is another chart: the bar that was looked at is not in it. */}
            <TimelineSection key={period} period={period} />
          </>
        )}
      </LiveArea>
    </div>
  );
}

function PeriodSwitch() {
  return (
    <nav className="period-switch" aria-label="Period">
      {PERIODS.map((period: Period) => (
        <Link
          key={period}
          to="/analytics"
          search={period === DEFAULT_PERIOD ? {} : { period }}
          replace
          resetScroll={false}
          className="period-choice"
          activeOptions={{ exact: true, includeSearch: true }}
          data-testid={`period-${period}`}
        >
          {PERIOD_WORDS[period].name}
        </Link>
      ))}
    </nav>
  );
}
