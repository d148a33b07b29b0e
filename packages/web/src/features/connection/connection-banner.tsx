import { type Connection, useConnection } from '@hermes/react';
import { IconBolt, IconPlugConnectedX, IconRefresh } from '@tabler/icons-react';
import { formatDuration } from '../../format.ts';
import { useNow } from './use-now.ts';

/** A connection that is back within this time was never worth a word. */
const GRACE_MS = 1500;

interface ConnectionBannerProps {
  /** When the list last changed, in milliseconds since the epoch; 0 if it never came. */
  updatedAt: () => number;
  /** Asking for it fails as well. */
  isFailing: boolean;
}

/** While the page is not live: says so, and how old is what it shows. For the eye: `ConnectionStatus` tells a screen reader. */
export function ConnectionBanner({ updatedAt, isFailing }: ConnectionBannerProps) {
  const connection = useConnection();
  const isHeldUp = connection.notice !== null;
  const isFine = connection.state === 'live' && !isHeldUp;
  const now = useNow(isFine ? null : 1000);
  if (isFine || (!isHeldUp && now - connection.since < GRACE_MS)) return null;
  const { text, Icon } = isHeldUp
    ? { text: connection.notice, Icon: IconPlugConnectedX }
    : isFailing
      ? UNREACHABLE
      : describe(connection.state);
  const lastAt = updatedAt();
  return (
    <div className="connection-banner" data-state={connection.state} data-testid="connection-banner">
      <Icon size={16} stroke={1.75} aria-hidden="true" />
      <span>{text}</span>
      {lastAt > 0 && (
        <span className="connection-banner-age">
          Last update {formatDuration(Math.max(0, Math.floor((now - lastAt) / 1000)))} ago
        </span>
      )}
    </div>
  );
}

const UNREACHABLE = { text: 'The server does not answer. Trying again…', Icon: IconPlugConnectedX };

function describe(state: Connection['state']): { text: string; Icon: typeof IconBolt } {
  switch (state) {
    case 'live':
      return { text: 'Live', Icon: IconBolt };
    case 'connecting':
      return { text: 'Connecting to live updates…', Icon: IconRefresh };
    case 'reconnecting':
      return { text: 'Connection lost. Reconnecting…', Icon: IconPlugConnectedX };
    case 'polling':
      return { text: 'Not live: refreshed every few seconds.', Icon: IconRefresh };
    case 'off':
      return { text: 'Live updates are off: refreshed every few seconds.', Icon: IconRefresh };
  }
}
