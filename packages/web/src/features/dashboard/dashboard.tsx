import type { Download } from '@hermes/contracts';
import { useLocation } from '@tanstack/react-router';
import { useEffect, useRef, useState } from 'react';
import { formatSpeed } from '../../format.ts';
import { LiveArea } from '../connection/live-area.tsx';
import { ListError } from '../downloads/list-error.tsx';
import { ListSkeleton } from '../downloads/list-skeleton.tsx';
import { useCalm } from '../downloads/use-calm.ts';
import { usePageTitle } from '../shell/use-page-title.ts';
import { useShortcuts } from '../shell/use-shortcuts.ts';
import { TrackedList } from '../tracking/tracked-list.tsx';
import { useTrackedIds } from '../tracking/use-tracked-ids.ts';
import { AddBox } from './add-box.tsx';
import { DownloadGroup } from './download-group.tsx';
import { countOf, GROUPS } from './download-groups.ts';
import { EmptyState } from './empty-state.tsx';
import { type Filter, SummaryStrip } from './summary-strip.tsx';
import { useDownloadGroups } from './use-download-groups.ts';
import './dashboard.css';

/** What other pages add to its address to have the add box in focus. */
const ADD_HASH = 'add';

/** For a glance; and to set a title costs as much as to draw all rows. Milliseconds. */
const TITLE_MS = 4000;
const NO_ROWS: readonly Download[] = [];

export function Dashboard() {
  const addInput = useRef<HTMLTextAreaElement>(null);
  const [filter, setFilter] = useState<Filter>('all');
  const groups = useDownloadGroups();
  const tracked = useTrackedIds();
  const { counts } = groups;
  const totalSpeed = useCalm(groups.totalSpeed);
  const active = counts === null ? 0 : countOf(counts, ['downloading', 'processing']);
  const { hash } = useLocation();
  const shown = filter === 'mine' && tracked.length === 0 ? 'all' : filter;

  const focusAdd = () => addInput.current?.focus();
  useShortcuts({ '/': focusAdd, a: focusAdd });
  usePageTitle(null, useCalm(active === 0 ? null : `↓ ${formatSpeed(totalSpeed)} · ${active} active`, TITLE_MS));
  useEffect(() => {
    if (hash === ADD_HASH) addInput.current?.focus();
  }, [hash]);

  return (
    <div className="page">
      <h1 className="visually-hidden">Downloads</h1>
      <AddBox inputRef={addInput} />
      <SummaryStrip counts={counts} mine={tracked.length} totalSpeed={totalSpeed} filter={shown} onFilter={setFilter} />
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
      next={name === 'active' ? groups.items('queued') : NO_ROWS}
      total={countOf(counts, statuses)}
      onMore={name === 'finished' ? groups.showMoreFinished : undefined}
    />
  ));
}
