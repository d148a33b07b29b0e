import type { Download } from '@hermes/contracts';
import { type StreamEvent, useStreamEvents } from '@hermes/react';
import { useState } from 'react';
import { NOBODY } from '../downloads/progress-window.ts';
import { STATUS_LOOKS } from '../downloads/status-looks.ts';
import { entryOf, mergeTimeline, pastOf, type TimelineEntry } from './timeline.ts';

/** What happened to it: as far back as it tells itself, and everything since the page was opened. */
export function DownloadTimeline({ download }: { download: Download }) {
  const [seen, setSeen] = useState<readonly TimelineEntry[]>([]);
  const note = (event: StreamEvent) => {
    if (event.event !== 'download_status' || event.data.download_id !== download.download_id) return;
    const entry = entryOf(event.data, event.data.previous_status);
    if (entry !== null) setSeen((before) => [...before, entry]);
  };
  useStreamEvents(note, { progressOf: NOBODY });

  return (
    <section className="download-section" aria-labelledby="timeline-title">
      <h2 id="timeline-title">Timeline</h2>
      <ol className="timeline">
        {mergeTimeline(pastOf(download), seen).map(({ at, status, detail }) => (
          <li key={`${at} ${status}`} className="timeline-entry" data-status={status}>
            <span className="timeline-what">
              {nameOf(status)}
              {detail !== null && <span className="timeline-detail">{detail}</span>}
            </span>
            <time dateTime={at}>
              {new Date(at).toLocaleString(undefined, { dateStyle: 'medium', timeStyle: 'medium' })}
            </time>
          </li>
        ))}
      </ol>
    </section>
  );
}

function nameOf(status: TimelineEntry['status']): string {
  if (status === 'added') return 'Added';
  if (status === 'started') return 'Started';
  return STATUS_LOOKS[status].label;
}
