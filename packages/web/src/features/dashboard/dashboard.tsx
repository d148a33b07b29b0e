import type { Download } from '@hermes/contracts';
import { useLocation } from '@tanstack/react-router';
import { useEffect, useRef, useState } from 'react';
import { LiveArea } from '../connection/live-area.tsx';
import { ListError } from '../downloads/list-error.tsx';
import { ListSkeleton } from '../downloads/list-skeleton.tsx';
import { useShortcuts } from '../shell/use-shortcuts.ts';
import { TrackedList } from '../tracking/tracked-list.tsx';
import { useTrackedIds } from '../tracking/use-tracked-ids.ts';
import { AddBox } from './add-box.tsx';
import { DownloadGroup } from './download-group.tsx';
import { countOf, GROUPS } from './download-groups.ts';
import { EmptyState } from './empty-state.tsx';
import { LiveTitle } from './live-title.tsx';
import { type Filter, SummaryStrip } from './summary-strip.tsx';
import { useDownloadGroups } from './use-download-groups.ts';
import './dashboard.css';

/** What other pages add to its address to have the add box in focus. */
const ADD_HASH = 'add';

const NO_ROWS: readonly Download[] = [];

export function Dashboard() {
  const addInput = useRef<HTMLTextAreaElement>(null);
  const [filter, setFilter] = useState<Filter>('all');
  const groups = useDownloadGroups();
  const tracked = useTrackedIds();
  const { counts } = groups;
  const active = groups.items('active');
  const { hash } = useLocation();
  const shown = filter === 'mine' && tracked.length === 0 ? 'all' : filter;

  const focusAdd = () => addInput.current?.focus();
  useShortcuts({ '/': focusAdd, a: focusAdd });
  useEffect(() => {
    if (hash === ADD_HASH) addInput.current?.focus();
  }, [hash]);

  return (
    <div className="page">
      <h1 className="visually-hidden">Downloads</h1>
      <LiveTitle count={counts === null ? 0 : countOf(counts, ['downloading', 'processing'])} active={active} />
      <AddBox inputRef={addInput} />
      <SummaryStrip counts={counts} mine={tracked.length} active={active} filter={shown} onFilter={setFilter} />
      <LiveArea className="dashboard-lists" updatedAt={groups.updatedAt} isFailing={groups.isFailing}>
        {shown === 'mine' ? <TrackedList ids={tracked} /> : <Lists groups={groups} filter={shown} onAdd={focusAdd} />}
      </LiveArea>
    </div>
  );
}

interface ListsProps {
  groups: ReturnType<typeof useDownloadGroups>;
  filter: Exclude<Filter, 'mine'>;
  onAdd: () => void;
}

function Lists({ groups, filter, onAdd }: ListsProps) {
  const { counts, error } = groups;
  if (error !== null) return <ListError error={error} onRetry={() => void groups.retry()} />;
  if (groups.isPending || counts === null) return <ListSkeleton />;
  if (GROUPS.every(({ statuses }) => countOf(counts, statuses) === 0)) return <EmptyState onAdd={onAdd} />;
  const shown = GROUPS.filter(({ name }) => filter === 'all' || filter === name);
  if (shown.every(({ name }) => groups.items(name).length === 0)) {
    return <p className="dashboard-nothing">{shown[0]?.empty}</p>;
  }
  return shown.map(({ name, title, timeTitle, statuses }) => (
    <DownloadGroup
      key={name}
      title={title}
      timeTitle={timeTitle}
      items={groups.items(name)}
      rows={name === 'active' ? groups.activeRows : undefined}
      next={name === 'active' ? groups.items('queued') : NO_ROWS}
      total={countOf(counts, statuses)}
      onMore={name === 'finished' ? groups.showMoreFinished : undefined}
    />
  ));
}
