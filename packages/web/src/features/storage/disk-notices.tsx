import type { Storage } from '@hermes/contracts';
import { useSystemEventsSSE } from '@hermes/react';
import { IconAlertTriangle, IconCircleCheck } from '@tabler/icons-react';
import { formatWhen } from '../../format.ts';

const LEVELS = {
  low: 'The disk is nearly full. Make room before downloads have to wait.',
  stop: 'The disk is full. New downloads wait in the queue until there is space.',
} as const;

/** The state of the disk where it is no good one, and what the service has said of it since the page was opened. */
export function DiskNotices({ storage: { level } }: { storage: Storage }) {
  const { data: events = [] } = useSystemEventsSSE();
  const notices = events.filter(({ code }) => code.startsWith('DISK_SPACE_'));
  if (level === 'ok' && notices.length === 0) return null;
  return (
    <div className="disk-notices">
      {level !== 'ok' && (
        <p className="disk-notice" data-level={level} role="alert" data-testid="disk-level">
          <IconAlertTriangle size={18} stroke={1.75} aria-hidden="true" />
          <span>{LEVELS[level]}</span>
        </p>
      )}
      {notices.length > 0 && (
        <ul className="disk-log" aria-label="What was told of the disk">
          {notices.map(({ seq, code, message, received_at }) => (
            <li key={seq} data-testid="disk-notice">
              {code === 'DISK_SPACE_OK' ? (
                <IconCircleCheck size={16} stroke={1.75} aria-hidden="true" />
              ) : (
                <IconAlertTriangle size={16} stroke={1.75} aria-hidden="true" />
              )}
              <span>{message}</span>
              <time dateTime={received_at}>{formatWhen(received_at, new Date())}</time>
            </li>
          ))}
        </ul>
      )}
    </div>
  );
}
