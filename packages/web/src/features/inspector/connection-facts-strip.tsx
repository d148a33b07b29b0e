import type { Connection } from '@hermes/react';
import { formatDuration, UNKNOWN } from '../../format.ts';
import { useNow } from '../connection/use-now.ts';
import type { ConnectionFacts } from './event-log.ts';

interface ConnectionFactsStripProps {
  facts: ConnectionFacts;
  connection: Connection;
}

/** What is known of the connection. Some is told only when one begins. */
export function ConnectionFactsStrip({ facts, connection }: ConnectionFactsStripProps) {
  const now = useNow(1000);
  const { connectionId, cursor, lastHeartbeatAt, heartbeatInterval, connections } = facts;
  const heartbeat =
    lastHeartbeatAt === null
      ? heartbeatInterval === null
        ? UNKNOWN
        : `none yet, every ${formatDuration(heartbeatInterval)} when idle`
      : `${formatDuration(Math.max(0, Math.floor((now - lastHeartbeatAt) / 1000)))} ago`;
  const parts = [
    { name: 'Connection', value: connectionId ?? UNKNOWN, testId: 'fact-connection' },
    { name: 'Cursor', value: cursor ?? UNKNOWN, testId: 'fact-cursor' },
    // Of this page: one more than the times it came back.
    { name: 'Retries', value: String(connection.attempts), testId: 'fact-retries' },
    { name: 'Streams begun', value: String(connections), testId: 'fact-streams' },
    { name: 'Heartbeat', value: heartbeat, testId: 'fact-heartbeat' },
  ];
  return (
    <dl className="inspector-facts">
      {parts.map(({ name, value, testId }) => (
        <div key={name}>
          <dt>{name}</dt>
          <dd data-testid={testId}>{value}</dd>
        </div>
      ))}
    </dl>
  );
}
