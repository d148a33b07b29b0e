import { Button } from '@mantine/core';
import { IconHistory, IconSearchOff } from '@tabler/icons-react';
import { Link } from '@tanstack/react-router';
import { PageMessage } from '../shell/page-message.tsx';
import { countFilters, type HistorySearch } from './history-search.ts';

interface HistoryNothingProps {
  search: HistorySearch;
  onClear: () => void;
}

/** In the place of rows where there are none: why, and what to do. */
export function HistoryNothing({ search, onClear }: HistoryNothingProps) {
  if (search.cursor !== undefined || countFilters(search) > 0) {
    return (
      <PageMessage
        Icon={IconSearchOff}
        title={search.cursor === undefined ? 'Nothing matches' : 'Nothing older'}
        detail={
          search.cursor === undefined
            ? 'No download that has ended is like that. Loosen a filter, or clear them all.'
            : 'What stood here has been deleted or tried again.'
        }
      >
        <Button variant="light" onClick={onClear}>
          Show all of the history
        </Button>
      </PageMessage>
    );
  }
  return (
    <PageMessage
      Icon={IconHistory}
      title="Nothing has ended yet"
      detail="Every download that is completed, failed or cancelled is kept here."
    >
      <Button variant="light" renderRoot={(props) => <Link to="/" hash="add" {...props} />}>
        Add a download
      </Button>
    </PageMessage>
  );
}
