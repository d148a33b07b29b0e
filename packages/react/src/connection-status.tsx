import type { ConnectionState } from '@hermes/client';
import { type CSSProperties, useEffect, useRef, useState } from 'react';
import { useConnection } from './use-connection.ts';

/**
 * Says in a word whether what the page shows is live. Style it by `.hermes-connection[data-state="…"]`.
 *
 * A screen reader hears only what matters: that updates have become slower, that they stopped, and that they are back; not
 * every attempt in between.
 */
export function ConnectionStatus() {
  const connection = useConnection();
  const announcement = useAnnouncement(connection);
  return (
    <span className="hermes-connection" data-state={connection.state}>
      <span>{textOf(connection)}</span>
      <span role="status" aria-live="polite" style={VISUALLY_HIDDEN}>
        {announcement}
      </span>
    </span>
  );
}

function textOf({ state, attempts, error }: ConnectionState): string {
  switch (state) {
    case 'live':
      return 'Live';
    case 'connecting':
      return 'Connecting';
    case 'reconnecting':
      return `Reconnecting (attempt ${attempts + 1})`;
    case 'polling':
      return 'Polling';
    case 'off':
      return error === null ? 'Off' : 'Off: log in again';
  }
}

/** '' until something has gone wrong: that a page works needs no announcement. */
function useAnnouncement({ state, error }: ConnectionState): string {
  const [announcement, setAnnouncement] = useState('');
  const wasBad = useRef(false);
  useEffect(() => {
    if (state === 'polling') setAnnouncement('No live connection. Updates arrive more slowly.');
    else if (state === 'off' && error !== null) setAnnouncement('Live updates have stopped. Log in again.');
    else if (state === 'live' && wasBad.current) setAnnouncement('Live updates are back.');
    if (state === 'live') wasBad.current = false;
    else if (state === 'polling' || (state === 'off' && error !== null)) wasBad.current = true;
  }, [state, error]);
  return announcement;
}

const VISUALLY_HIDDEN: CSSProperties = {
  position: 'absolute',
  width: 1,
  height: 1,
  margin: -1,
  padding: 0,
  overflow: 'hidden',
  clipPath: 'inset(50%)',
  whiteSpace: 'nowrap',
  border: 0,
};
