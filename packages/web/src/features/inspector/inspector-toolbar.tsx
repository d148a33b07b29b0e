import { CONTROL_FRAMES, EVENTS, TOPICS } from '@hermes/contracts';
import { Button } from '@mantine/core';
import { IconPlayerPause, IconPlayerPlay, IconTrash } from '@tabler/icons-react';
import type { RefObject } from 'react';
import { leaveOnEscape } from '../shell/leave-on-escape.ts';
import { type InspectorFilter, NO_FILTER } from './inspected-event.ts';

const EVENT_NAMES = [...Object.keys(EVENTS), ...Object.keys(CONTROL_FRAMES)];

interface InspectorToolbarProps {
  filter: InspectorFilter;
  onFilter: (change: Partial<InspectorFilter>) => void;
  searchInput: RefObject<HTMLInputElement | null>;
  isPaused: boolean;
  /** Came while it was paused. */
  waiting: number;
  /** Rows that the filter lets through, of those that are held. */
  shown: number;
  held: number;
  onPause: () => void;
  onClear: () => void;
}

export function InspectorToolbar(props: InspectorToolbarProps) {
  const { filter, onFilter, searchInput, isPaused, waiting, shown, held, onPause, onClear } = props;
  const isNarrow = Object.values(filter).some((value) => value !== '');
  return (
    <div className="inspector-toolbar">
      <label>
        <span>Topic</span>
        <select
          value={filter.topic}
          onChange={(event) => onFilter({ topic: event.currentTarget.value })}
          data-testid="inspector-topic"
        >
          <option value="">Any</option>
          {[...TOPICS, 'control'].map((topic) => (
            <option key={topic}>{topic}</option>
          ))}
        </select>
      </label>
      <label>
        <span>Event</span>
        <select
          value={filter.event}
          onChange={(event) => onFilter({ event: event.currentTarget.value })}
          data-testid="inspector-event"
        >
          <option value="">Any</option>
          {EVENT_NAMES.map((name) => (
            <option key={name}>{name}</option>
          ))}
        </select>
      </label>
      <label className="inspector-grow">
        <span>Download</span>
        <input
          type="text"
          placeholder="id"
          value={filter.downloadId}
          onChange={(event) => onFilter({ downloadId: event.currentTarget.value.trim() })}
          data-testid="inspector-download"
        />
      </label>
      <label className="inspector-grow">
        <span>Text</span>
        <input
          ref={searchInput}
          type="search"
          placeholder="in the data"
          value={filter.text}
          onChange={(event) => onFilter({ text: event.currentTarget.value })}
          onKeyDown={leaveOnEscape}
          data-testid="inspector-text"
        />
      </label>
      <div className="inspector-buttons">
        <span className="inspector-count" data-testid="inspector-count">
          {isNarrow
            ? `${shown.toLocaleString('en')} of ${held.toLocaleString('en')}`
            : `${held.toLocaleString('en')} ${held === 1 ? 'event' : 'events'}`}
        </span>
        {isNarrow && (
          <Button variant="subtle" color="gray" onClick={() => onFilter(NO_FILTER)}>
            Show all
          </Button>
        )}
        <Button
          variant={isPaused ? 'filled' : 'default'}
          leftSection={
            isPaused ? <IconPlayerPlay size={16} stroke={1.75} /> : <IconPlayerPause size={16} stroke={1.75} />
          }
          onClick={onPause}
          data-testid="inspector-pause"
        >
          {isPaused ? `Resume${waiting > 0 ? ` (${waiting.toLocaleString('en')} new)` : ''}` : 'Pause'}
        </Button>
        <Button
          variant="default"
          leftSection={<IconTrash size={16} stroke={1.75} />}
          onClick={onClear}
          disabled={held === 0}
          data-testid="inspector-clear"
        >
          Clear
        </Button>
      </div>
    </div>
  );
}
