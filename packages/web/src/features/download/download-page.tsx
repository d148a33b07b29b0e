import { isFinalStatus } from '@hermes/contracts';
import { HermesApiError, useDownloadProgressSSE } from '@hermes/react';
import { Button } from '@mantine/core';
import { IconGhost2 } from '@tabler/icons-react';
import { Link, useParams } from '@tanstack/react-router';
import { formatPercent } from '../../format.ts';
import { LiveArea } from '../connection/live-area.tsx';
import { downloadName } from '../downloads/download-name.ts';
import { ListError } from '../downloads/list-error.tsx';
import { ListSkeleton } from '../downloads/list-skeleton.tsx';
import { PageMessage } from '../shell/page-message.tsx';
import { usePageTitle } from '../shell/use-page-title.ts';
import { DownloadActionsBar } from './download-actions-bar.tsx';
import { DownloadFacts } from './download-facts.tsx';
import { DownloadHead } from './download-head.tsx';
import { DownloadTimeline } from './download-timeline.tsx';
import { SpeedGraph } from './speed-graph.tsx';
import './download-page.css';

/** One download: how it stands, what can be done, and everything that is known of it. */
export function DownloadPage() {
  const { id } = useParams({ from: '/shell/downloads/$id' });
  const { data: download, error, isFetching, dataUpdatedAt, failureCount, refetch } = useDownloadProgressSSE(id);
  usePageTitle(
    download === undefined ? 'Download' : downloadName(download),
    download?.status === 'downloading' ? formatPercent(download.progress) : null,
  );

  if (download === undefined) {
    if (error instanceof HermesApiError && error.status === 404) return <Unknown />;
    return (
      <div className="page">
        {error !== null && !isFetching ? <ListError error={error} onRetry={() => void refetch()} /> : <ListSkeleton />}
      </div>
    );
  }
  return (
    <article className="page download-page" data-status={download.status} data-testid="download-page">
      <LiveArea className="download-area" updatedAt={() => dataUpdatedAt} isFailing={failureCount > 0}>
        <DownloadHead download={download} />
        <DownloadActionsBar download={download} onDone={() => void refetch()} />
        {!isFinalStatus(download.status) && <SpeedGraph download={download} />}
        <div className="download-columns-two">
          <DownloadFacts download={download} />
          <DownloadTimeline key={id} download={download} />
        </div>
      </LiveArea>
    </article>
  );
}

function Unknown() {
  return (
    <PageMessage
      Icon={IconGhost2}
      title="There is no such download"
      detail="It was deleted, or the address is mistyped."
      heading="h1"
    >
      <Button variant="light" renderRoot={(props) => <Link to="/queue" {...props} />}>
        To the queue
      </Button>
    </PageMessage>
  );
}
