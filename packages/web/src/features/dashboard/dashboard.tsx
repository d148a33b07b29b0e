import { useConnection } from '@hermes/react';
import { useDocumentTitle } from '@mantine/hooks';
import { useEffect, useRef, useState } from 'react';
import { formatSpeed } from '../../format.ts';
import { leadToLogin } from '../auth/unauthenticated.ts';
import { ConnectionBadge } from '../connection/connection-badge.tsx';
import { ConnectionBanner } from '../connection/connection-banner.tsx';
import { Header } from '../shell/header.tsx';
import { HelpSheet } from '../shell/help-sheet.tsx';
import { useShortcuts } from '../shell/use-shortcuts.ts';
import { AddBox } from './add-box.tsx';
import { DownloadGroup } from './download-group.tsx';
import { countOf, GROUPS } from './download-groups.ts';
import { EmptyState } from './empty-state.tsx';
import { ListError } from './list-error.tsx';
import { ListSkeleton } from './list-skeleton.tsx';
import { type Filter, SummaryStrip } from './summary-strip.tsx';
import { useDownloadGroups } from './use-download-groups.ts';
import './dashboard.css';

export function Dashboard({ onLogOut }: { onLogOut: (() => void) | undefined }) {
  const addInput = useRef<HTMLTextAreaElement>(null);
  const [helpOpened, setHelpOpened] = useState(false);
  const [filter, setFilter] = useState<Filter>('all');
  const connection = useConnection();
  const groups = useDownloadGroups();
  const { counts, totalSpeed } = groups;

  const focusAdd = () => addInput.current?.focus();
  useShortcuts({ '/': focusAdd, a: focusAdd, '?': () => setHelpOpened(true) });
  useDocumentTitle(titleOf(counts === null ? 0 : countOf(counts, ['downloading', 'processing']), totalSpeed));
  useEffect(() => leadToLogin(connection.error), [connection.error]);

  return (
    <>
      <Header connection={<ConnectionBadge />} onHelp={() => setHelpOpened(true)} onLogOut={onLogOut} />
      <main className="dashboard">
        <h1 className="visually-hidden">Downloads</h1>
        <AddBox inputRef={addInput} />
        <SummaryStrip counts={counts} totalSpeed={totalSpeed} filter={filter} onFilter={setFilter} />
        <ConnectionBanner updatedAt={groups.updatedAt} isFailing={groups.isFailing} />
        <div className="dashboard-lists" data-connection={connection.state}>
          <Lists groups={groups} filter={filter} onAdd={focusAdd} />
        </div>
      </main>
      <HelpSheet opened={helpOpened} onClose={() => setHelpOpened(false)} />
    </>
  );
}

interface ListsProps {
  groups: ReturnType<typeof useDownloadGroups>;
  filter: Filter;
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
      total={countOf(counts, statuses)}
      onMore={name === 'finished' ? groups.showMoreFinished : undefined}
    />
  ));
}

function titleOf(active: number, speed: number): string {
  return active === 0 ? 'Hermes' : `↓ ${formatSpeed(speed)} · ${active} active · Hermes`;
}
