import type { Counts } from '@hermes/contracts';
import { ActionIcon } from '@mantine/core';
import { IconListCheck, IconSearch } from '@tabler/icons-react';
import { Link } from '@tanstack/react-router';
import { type RefObject, useEffect, useRef } from 'react';
import { UNKNOWN } from '../../format.ts';
import { leaveOnEscape } from '../shell/leave-on-escape.ts';
import { countOfView, QUEUE_VIEWS } from './queue-views.ts';

interface QueueToolbarProps {
  counts: Counts | null;
  query: string;
  searchInput: RefObject<HTMLInputElement | null>;
  onQuery: (query: string) => void;
  /** On a phone: a tap chooses rather than opens. */
  isChoosing: boolean;
  onChoose: () => void;
}

export function QueueToolbar(props: QueueToolbarProps) {
  const { counts, query, searchInput, onQuery, isChoosing, onChoose } = props;
  const views = useRef<HTMLElement>(null);
  // On a phone they are wider than the screen.
  useEffect(() => {
    views.current?.querySelector('[aria-current]')?.scrollIntoView({ inline: 'center', block: 'nearest' });
  }, []);

  return (
    <div className="queue-toolbar">
      <nav ref={views} className="queue-views" aria-label="Which downloads">
        {QUEUE_VIEWS.map((other) => (
          <Link
            key={other.name}
            to="/queue"
            search={{ view: other.name === 'unfinished' ? undefined : other.name, q: query === '' ? undefined : query }}
            replace
            className="queue-view"
            // It stands for the first view that the address says nothing of it.
            activeOptions={{ explicitUndefined: true }}
            data-testid={`view-${other.name}`}
            data-alarm={(other.name === 'failed' && (counts?.failed ?? 0) > 0) || undefined}
          >
            {other.title}
            <span className="queue-view-count">
              {counts === null ? UNKNOWN : countOfView(other, counts).toLocaleString('en')}
            </span>
          </Link>
        ))}
      </nav>
      <label className="queue-search">
        <IconSearch size={16} stroke={1.75} aria-hidden="true" />
        <input
          ref={searchInput}
          type="search"
          placeholder="Search"
          aria-label="Search by name or address"
          value={query}
          onChange={(event) => onQuery(event.currentTarget.value)}
          onKeyDown={leaveOnEscape}
          data-testid="queue-search"
        />
      </label>
      <ActionIcon
        className="queue-choose"
        variant={isChoosing ? 'light' : 'subtle'}
        color={isChoosing ? 'aegean' : 'gray'}
        size="input-sm"
        aria-label="Choose several"
        aria-pressed={isChoosing}
        onClick={onChoose}
      >
        <IconListCheck size={18} stroke={1.75} />
      </ActionIcon>
    </div>
  );
}
