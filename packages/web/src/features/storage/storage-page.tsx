import { useStorageSSE } from '@hermes/react';
import { Button } from '@mantine/core';
import { IconRefresh } from '@tabler/icons-react';
import { LiveArea } from '../connection/live-area.tsx';
import { ListError } from '../downloads/list-error.tsx';
import { ListSkeleton } from '../downloads/list-skeleton.tsx';
import { PageHead } from '../shell/page-head.tsx';
import { usePageTitle } from '../shell/use-page-title.ts';
import { DiskBar } from './disk-bar.tsx';
import { DiskNotices } from './disk-notices.tsx';
import { StorageFacts } from './storage-facts.tsx';
import { useRescan } from './use-rescan.ts';
import './storage.css';

/** How full the disk of the downloads is, and what of it they take. */
export function StoragePage() {
  const { data, error, dataUpdatedAt, failureCount, refetch } = useStorageSSE();
  const { scan, isRunning, rescan } = useRescan(data?.generated_at);
  usePageTitle('Storage');
  return (
    <div className="page" data-testid="storage-page">
      <PageHead title="Storage">
        <Button
          variant="default"
          leftSection={<IconRefresh size={16} stroke={1.75} />}
          loading={isRunning}
          onClick={rescan}
          data-testid="rescan-button"
        >
          Count again
        </Button>
      </PageHead>
      <LiveArea className="storage" updatedAt={() => dataUpdatedAt} isFailing={failureCount > 0}>
        {data === undefined ? (
          error === null ? (
            <ListSkeleton what="storage" />
          ) : (
            <ListError what="state of the storage" error={error} onRetry={() => void refetch()} />
          )
        ) : (
          <>
            <DiskNotices storage={data} />
            <DiskBar storage={data} />
            <StorageFacts storage={data} scan={scan} />
          </>
        )}
      </LiveArea>
    </div>
  );
}
