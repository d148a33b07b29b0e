import { useConnection, useHealth, useHermesApi } from '@hermes/react';
import { IconArrowUpRight, IconCircleCheck, IconCircleX } from '@tabler/icons-react';
import { keepPreviousData, useQuery } from '@tanstack/react-query';
import { UNKNOWN } from '../../format.ts';
import { useSession } from '../auth/session.ts';

const EVENTS_MS = 10_000;

/** What runs there, and how it is. */
export function ServerSection({ isAdmin }: { isAdmin: boolean }) {
  const api = useHermesApi();
  const { config } = useSession();
  const connection = useConnection();
  const { data: health, isError } = useHealth();
  const { data: events } = useQuery({
    // This page's own stream is one of them.
    queryKey: ['health', 'events', connection.state === 'live'],
    queryFn: ({ signal }) => api.getEventsHealth({ signal }),
    refetchInterval: EVENTS_MS,
    placeholderData: keepPreviousData,
  });
  const state = isError ? 'It does not answer' : health === undefined ? UNKNOWN : WORDS[health.status];
  return (
    <section className="settings-section" aria-labelledby="server-title" data-testid="server-section">
      <h2 id="server-title">Server</h2>
      <dl className="settings-facts">
        <div>
          <dt>State</dt>
          <dd>
            <State isGood={!isError && health?.status === 'ready'} text={state} />
          </dd>
        </div>
        {Object.entries(health?.dependencies ?? {}).map(([name, { status, detail }]) => (
          <div key={name}>
            <dt>{name[0]?.toUpperCase() + name.slice(1)}</dt>
            <dd>
              <State
                isGood={status === 'up'}
                text={[status === 'up' ? 'Up' : 'Down', detail].filter(Boolean).join(': ')}
              />
            </dd>
          </div>
        ))}
        <div>
          <dt>Streams</dt>
          <dd>
            {events === undefined
              ? UNKNOWN
              : events.enabled
                ? `${events.active_connections.toLocaleString('en')} of ${events.max_connections.toLocaleString('en')}`
                : 'Off'}
          </dd>
        </div>
        <div>
          <dt>Version</dt>
          <dd>{health?.version ?? config.version}</dd>
        </div>
      </dl>
      <p className="settings-links">
        <Elsewhere href="/api/docs" name="API reference" />
        {isAdmin && <Elsewhere href="/admin/queues" name="Jobs" />}
      </p>
    </section>
  );
}

const WORDS = { ready: 'Ready', degraded: 'Something it needs is down' } as const;

function State({ isGood, text }: { isGood: boolean; text: string }) {
  const Icon = isGood ? IconCircleCheck : IconCircleX;
  return (
    <span className="settings-state" data-good={isGood}>
      {text !== UNKNOWN && <Icon size={16} stroke={1.75} aria-hidden="true" />}
      {text}
    </span>
  );
}

/** A page that is no part of this app. */
function Elsewhere({ href, name }: { href: string; name: string }) {
  return (
    <a href={href} target="_blank" rel="noreferrer">
      {name}
      <IconArrowUpRight size={14} stroke={1.75} aria-hidden="true" />
      <span className="visually-hidden"> (opens a new tab)</span>
    </a>
  );
}
