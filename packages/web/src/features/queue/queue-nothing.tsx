import { DOWNLOAD_STATUSES } from '@hermes/contracts';
import { Button } from '@mantine/core';
import { IconInbox, IconPlus, IconSearch } from '@tabler/icons-react';
import { Link } from '@tanstack/react-router';
import { ListError } from '../downloads/list-error.tsx';
import { ListSkeleton } from '../downloads/list-skeleton.tsx';
import { PageMessage } from '../shell/page-message.tsx';
import type { QueueListState } from './queue-list.ts';
import type { QueueView, QueueViewName } from './queue-views.ts';

interface QueueNothingProps {
  view: QueueView;
  query: string;
  state: QueueListState;
  /** How many rows there are to show. */
  shown: number;
  onQuery: (query: string) => void;
  onRetry: () => void;
}

const NOTHING: Record<QueueViewName, string> = {
  unfinished: 'Everything is done',
  active: 'Nothing is being downloaded right now',
  queued: 'Nothing is waiting',
  paused: 'Nothing is paused',
  failed: 'Nothing has failed',
  completed: 'Nothing has finished yet',
  cancelled: 'Nothing was cancelled',
  all: 'Nothing to carry yet',
};

/** In the place of rows where there are none: why, and what to do. */
export function QueueNothing({ view, query, state, shown, onQuery, onRetry }: QueueNothingProps) {
  const { counts, isLoading, error } = state;
  if (shown > 0) return null;
  if (error !== null && state.placed.length === 0) return <ListError error={error} onRetry={onRetry} />;
  if (isLoading || state.hasMore) return <ListSkeleton />;
  if (query !== '') {
    return (
      <PageMessage
        Icon={IconSearch}
        title="Nothing matches"
        detail={`No download here has “${query}” in its name or address.`}
      >
        <Button variant="light" onClick={() => onQuery('')}>
          Show all again
        </Button>
      </PageMessage>
    );
  }
  const isNew = counts === null || DOWNLOAD_STATUSES.every((status) => counts[status] === 0);
  return (
    <PageMessage
      Icon={IconInbox}
      title={isNew ? NOTHING.all : NOTHING[view.name]}
      detail={
        isNew
          ? 'Add a link, and you can watch it arrive here.'
          : 'Add a link, or look at another part of the list above.'
      }
    >
      <Button
        variant="light"
        leftSection={<IconPlus size={16} />}
        renderRoot={(props) => <Link to="/" hash="add" {...props} />}
      >
        Add a download
      </Button>
    </PageMessage>
  );
}
