import { HermesApiError, useDownloadProgressSSE } from '@hermes/react';
import { useEffect } from 'react';
import { DownloadRow } from '../dashboard/download-row.tsx';
import { trackedDownloads } from './tracked-downloads.ts';

/** What was added from this browser, whatever has become of it. */
export function TrackedList({ ids }: { ids: readonly string[] }) {
  return (
    <section className="download-group" aria-label="Added from this browser">
      <ul className="download-rows live" aria-label="Added from this browser">
        {ids.map((id) => (
          <TrackedRow key={id} id={id} />
        ))}
      </ul>
    </section>
  );
}

function TrackedRow({ id }: { id: string }) {
  const { data, error } = useDownloadProgressSSE(id);
  const isGone = error instanceof HermesApiError && error.status === 404;
  useEffect(() => {
    if (isGone) trackedDownloads.remove(id);
  }, [isGone, id]);
  return data === undefined ? null : <DownloadRow download={data} />;
}
