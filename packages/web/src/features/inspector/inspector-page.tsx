import { TOPICS } from '@hermes/contracts';
import { useConnection, useStreamEvents } from '@hermes/react';
import { useDeferredValue, useMemo, useRef, useState, useSyncExternalStore } from 'react';
import { LiveArea } from '../connection/live-area.tsx';
import { PageHead } from '../shell/page-head.tsx';
import { usePageTitle } from '../shell/use-page-title.ts';
import { useShortcuts } from '../shell/use-shortcuts.ts';
import { ConnectionFactsStrip } from './connection-facts-strip.tsx';
import { ConnectionsSection } from './connections-section.tsx';
import { CurlSection } from './curl-section.tsx';
import { EventLog } from './event-log.ts';
import { EventRows } from './event-rows.tsx';
import { type InspectorFilter, matches, NO_FILTER } from './inspected-event.ts';
import { InspectorToolbar } from './inspector-toolbar.tsx';
import './inspector.css';

/** Everything that the stream of this browser says, as it says it. */
export function InspectorPage() {
  const [log] = useState(() => new EventLog());
  const [filter, setFilter] = useState<InspectorFilter>(NO_FILTER);
  const searchInput = useRef<HTMLInputElement>(null);
  const { rows, isPaused, waiting, facts } = useSyncExternalStore(log.subscribe, log.get);
  const connection = useConnection();
  const sought = useDeferredValue(filter);
  const shown = useMemo(() => rows.filter((row) => matches(row, sought)), [rows, sought]);

  // Through the stream that all pages share: it carries more while this one is open, and no second one is opened.
  useStreamEvents((event) => log.add(event, Date.now()), { topics: TOPICS });
  usePageTitle('Inspector', isPaused ? 'Paused' : null);
  useShortcuts({
    '/': () => searchInput.current?.focus(),
    p: () => (isPaused ? log.resume() : log.pause()),
    c: () => log.clear(),
  });

  return (
    <div className="page inspector" data-testid="inspector-page">
      <PageHead title="Inspector">
        <ConnectionFactsStrip facts={facts} connection={connection} />
      </PageHead>
      <InspectorToolbar
        filter={filter}
        onFilter={(change) => setFilter((before) => ({ ...before, ...change }))}
        searchInput={searchInput}
        isPaused={isPaused}
        waiting={waiting}
        shown={shown.length}
        held={rows.length}
        onPause={() => (isPaused ? log.resume() : log.pause())}
        onClear={() => log.clear()}
      />
      <LiveArea updatedAt={() => facts.lastEventAt ?? 0} isFailing={false}>
        <EventRows
          rows={shown}
          isFiltered={rows.length > 0}
          // A row that is read is not to be pushed away by those that come.
          onRead={() => log.pause()}
          onDownload={(downloadId) => setFilter((before) => ({ ...before, downloadId }))}
        />
      </LiveArea>
      <CurlSection filter={filter} />
      <ConnectionsSection own={facts.connectionId} />
    </div>
  );
}
