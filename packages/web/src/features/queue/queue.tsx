import { type Download, isActiveStatus } from '@hermes/contracts';
import { useNavigate } from '@tanstack/react-router';
import { type SortingState, useTable } from '@tanstack/react-table';
import { type MouseEvent, useCallback, useDeferredValue, useEffect, useMemo, useRef, useState } from 'react';
import { LiveArea } from '../connection/live-area.tsx';
import { ConfirmDialog } from '../downloads/confirm-dialog.tsx';
import { BulkBar } from './bulk-bar.tsx';
import { matchesQuery } from './matches-query.ts';
import { queueColumns, queueFeatures, sortsByProgress } from './queue-columns.ts';
import { QueueNothing } from './queue-nothing.tsx';
import { QueueTable, type QueueTableHandle } from './queue-table.tsx';
import { QueueToolbar } from './queue-toolbar.tsx';
import { countOfView, type QueueView } from './queue-views.ts';
import { SettleButton } from './settle-button.tsx';
import { useCalmSettling } from './use-calm-settling.ts';
import { useQueueActions } from './use-queue-actions.ts';
import { useQueueKeys } from './use-queue-keys.ts';
import { useQueueList } from './use-queue-list.ts';
import { useQueueSelection } from './use-queue-selection.ts';
import { useStable } from './use-stable.ts';
import './queue.css';

interface QueueProps {
  view: QueueView;
  query: string;
  onQuery: (query: string) => void;
}

export function Queue({ view, query, onQuery }: QueueProps) {
  const navigate = useNavigate();
  const table = useRef<QueueTableHandle>(null);
  const searchInput = useRef<HTMLInputElement>(null);
  const [sorting, setSorting] = useState<SortingState>([]);
  const [isWhole, setIsWhole] = useState(false);
  const [isChoosing, setIsChoosing] = useState(false);
  // Rows that are out of view would stand still and be taken for slow: all of them are carried while that is the order.
  const { list, state, isNarrow } = useQueueList(view, () => table.current?.shown() ?? [], sortsByProgress(sorting));
  const { selected, cursor, setCursor, choose, toggle, extendTo, chooseAll, clear } = useQueueSelection();
  const actions = useQueueActions(list, view);

  const deferredQuery = useDeferredValue(query);
  const data = useMemo(
    () => (deferredQuery === '' ? state.placed : state.placed.filter((row) => matchesQuery(row, deferredQuery))),
    [state.placed, deferredQuery],
  );
  const { getRowModel } = useTable({
    features: queueFeatures,
    columns: queueColumns,
    data,
    getRowId: idOf,
    state: { sorting, rowSelection: selected },
  });
  const tableRows = getRowModel().rows;
  const order = useMemo(() => tableRows.map((row) => row.id), [tableRows]);
  const heldRows = (ids: readonly string[]) => ids.flatMap((id) => list.rows.get(id) ?? []);
  const chosen = heldRows(Object.keys(selected));
  const total = state.counts === null ? state.placed.length : countOfView(view, state.counts);

  // What is sought, or sorted by, may stand on any page.
  const needsAll = (deferredQuery !== '' || sorting.length > 0) && state.hasMore && !state.isLoading && !state.error;
  useEffect(() => {
    if (needsAll) void list.loadMore();
  }, [needsAll, list]);
  useCalmSettling(list, state, table, chosen.length > 0 || cursor !== null || isChoosing || actions.question !== null);

  function forgetSelection() {
    setIsWhole(false);
    setIsChoosing(false);
    clear();
  }
  function sort(next: SortingState) {
    // By what is true now, not by what was when each row came.
    list.settle();
    setSorting(next);
    if (!isNarrow || !sortsByProgress(next)) return;
    const active = heldRows(state.placed.map(idOf)).filter(({ status }) => isActiveStatus(status));
    void list.refresh(active.map(idOf)).then(() => list.settle());
  }
  const open = (id: string) => void navigate({ to: '/downloads/$id', params: { id } });

  const handlers = useStable({
    onPress(id: string, event: MouseEvent) {
      const isPhone = window.matchMedia('(width < 48rem)').matches;
      setCursor(isPhone ? null : id);
      setIsWhole(false);
      if (event.shiftKey) extendTo(id, order);
      else if (event.ctrlKey || event.metaKey || (isPhone && isChoosing)) toggle(id);
      else if (isPhone || event.detail > 1) open(id);
      else choose(id);
    },
    onCheck(id: string, isRange: boolean) {
      setIsWhole(false);
      if (isRange) extendTo(id, order);
      else toggle(id);
    },
    onAction: (id: string, action: Parameters<typeof actions.actOnRows>[0]) =>
      actions.actOnRows(action, heldRows([id])),
  });

  useQueueKeys({
    order,
    cursor,
    onMove(id, index) {
      setCursor(id);
      table.current?.focus();
      table.current?.reveal(index);
    },
    onToggle: toggle,
    onExtend: (id) => extendTo(id, order),
    onOpen: open,
    onAll: () => chooseAll(order),
    onClear() {
      forgetSelection();
      setCursor(null);
    },
    onSearch: () => searchInput.current?.focus(),
    targets: () => (chosen.length > 0 ? chosen : heldRows(cursor === null ? [] : [cursor])),
    onAction: (action, rows) => (isWhole ? actions.actOnView(action, total) : actions.actOnRows(action, rows)),
    onPriority: actions.shiftPriority,
  });

  const isStray = useCallback((row: Download) => !view.statuses.some((status) => status === row.status), [view]);
  const loadMore = useCallback(() => void list.loadMore(), [list]);

  return (
    <div className="queue" data-choosing={isChoosing || chosen.length > 0 || undefined}>
      <h1 className="visually-hidden">Queue</h1>
      {chosen.length > 0 ? (
        <BulkBar
          selected={chosen}
          // A search is nothing that the server could act on.
          total={query === '' ? total : null}
          isWhole={isWhole}
          onWhole={() => setIsWhole(true)}
          isPending={actions.isPending}
          onAction={(action) => (isWhole ? actions.actOnView(action, total) : actions.actOnRows(action, chosen))}
          onPriority={(priority) => actions.changePriority(Object.keys(selected), priority)}
          onClear={forgetSelection}
        />
      ) : (
        <QueueToolbar
          counts={state.counts}
          query={query}
          searchInput={searchInput}
          onQuery={onQuery}
          isChoosing={isChoosing}
          onChoose={() => setIsChoosing(!isChoosing)}
        />
      )}
      <LiveArea className="queue-list" updatedAt={() => list.heardAt} isFailing={state.error !== null}>
        <QueueNothing
          view={view}
          query={query}
          state={state}
          shown={tableRows.length}
          onQuery={onQuery}
          onRetry={loadMore}
        />
        {tableRows.length > 0 && (
          <QueueTable
            ref={table}
            tableRows={tableRows}
            rows={list.rows}
            total={query === '' ? total : tableRows.length}
            selected={selected}
            cursor={cursor}
            sorting={sorting}
            onSorting={sort}
            handlers={handlers}
            isStray={isStray}
            onEnd={loadMore}
          />
        )}
        <SettleButton arrivals={state.arrivals.length} strays={state.strays} onSettle={() => list.settle()} />
      </LiveArea>
      <ConfirmDialog question={actions.question} onClose={actions.forgetQuestion} />
    </div>
  );
}

const idOf = (row: Download) => row.download_id;
