import type { Download } from '@hermes/contracts';
import { useHistory } from '@hermes/react';
import { useNavigate, useSearch } from '@tanstack/react-router';
import { useRef, useState } from 'react';
import { LiveArea } from '../connection/live-area.tsx';
import { ConfirmDialog, type Question } from '../downloads/confirm-dialog.tsx';
import { downloadName } from '../downloads/download-name.ts';
import { ListError } from '../downloads/list-error.tsx';
import { ListSkeleton } from '../downloads/list-skeleton.tsx';
import { useDownloadActions } from '../downloads/use-download-actions.ts';
import { PageHead } from '../shell/page-head.tsx';
import { usePageTitle } from '../shell/use-page-title.ts';
import { useShortcuts } from '../shell/use-shortcuts.ts';
import { ExportLinks } from './export-links.tsx';
import { HistoryFiltersBar } from './history-filters-bar.tsx';
import { HistoryNothing } from './history-nothing.tsx';
import { HistoryPager } from './history-pager.tsx';
import { type HistorySearch, historyPage } from './history-search.ts';
import { HistoryTable } from './history-table.tsx';
import './history.css';

/** What has ended, newest first. */
export function HistoryPage() {
  const search = useSearch({ from: '/shell/history' });
  const navigate = useNavigate({ from: '/history' });
  const [question, setQuestion] = useState<Question | null>(null);
  const searchInput = useRef<HTMLInputElement>(null);
  const history = useHistory(historyPage(search));
  const { data, error, dataUpdatedAt, failureCount, isPlaceholderData, refetch } = history;
  // The stream says so as well; without one nothing else would.
  const { act } = useDownloadActions(() => void refetch());

  usePageTitle('History');
  useShortcuts({ '/': () => searchInput.current?.focus() });

  /** Other filters are another list: it begins with its newest. */
  function narrow(change: Partial<HistorySearch>) {
    void navigate({ search: (before) => ({ ...before, ...change, cursor: undefined }), replace: true });
  }
  /** A place in the list that the server does not know will not be there the next time either. */
  function retry() {
    if (search.cursor === undefined) void refetch();
    else narrow({});
  }
  function askToDelete(download: Download) {
    setQuestion({
      title: `Delete ${downloadName(download)}?`,
      detail:
        download.status === 'completed'
          ? 'It leaves the history, and its file is no longer to be had from here. This cannot be taken back.'
          : 'It leaves the history. This cannot be taken back.',
      confirm: 'Delete',
      onConfirm: () => act('delete', { ids: [download.download_id] }),
    });
  }

  return (
    <div className="page history" data-testid="history-page">
      <PageHead title="History">
        <ExportLinks search={search} />
      </PageHead>
      <HistoryFiltersBar search={search} searchInput={searchInput} onChange={narrow} />
      <LiveArea updatedAt={() => dataUpdatedAt} isFailing={failureCount > 0}>
        {data === undefined ? (
          error === null ? (
            <ListSkeleton what="history" />
          ) : (
            <ListError what="history" error={error} onRetry={retry} />
          )
        ) : data.items.length === 0 ? (
          <HistoryNothing search={search} onClear={() => void navigate({ search: {}, replace: true })} />
        ) : (
          <>
            <HistoryTable
              items={data.items}
              isOld={isPlaceholderData}
              onRetry={(id) => act('retry', { ids: [id] })}
              onDelete={askToDelete}
            />
            <HistoryPager search={search} shown={data.items.length} total={data.total} next={data.next_cursor} />
          </>
        )}
      </LiveArea>
      <ConfirmDialog question={question} onClose={() => setQuestion(null)} />
    </div>
  );
}
