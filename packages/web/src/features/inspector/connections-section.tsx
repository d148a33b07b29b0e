import { HermesApiError, useHermesApi } from '@hermes/react';
import { useQuery } from '@tanstack/react-query';
import { formatBytes, formatDuration, UNKNOWN } from '../../format.ts';

const REFRESH_MS = 5000;

/** Who holds a stream, at whichever gateway; for admins alone. @param own the id of this browser's. */
export function ConnectionsSection({ own }: { own: string | null }) {
  const api = useHermesApi();
  const { data, error } = useQuery({
    queryKey: ['inspector', 'connections'],
    queryFn: ({ signal }) => api.listConnections({ signal }),
    refetchInterval: ({ state }) => (isForbidden(state.error) ? false : REFRESH_MS),
  });
  if (isForbidden(error)) return null;
  return (
    <section className="inspector-section" aria-labelledby="connections-title" data-testid="connections">
      <h2 id="connections-title">Streams of everybody{data === undefined ? '' : ` (${data.items.length})`}</h2>
      {data === undefined && error !== null && (
        <p className="inspector-failure" role="alert">
          They could not be listed: {error.message}
        </p>
      )}
      {data !== undefined && data.gateways.silent > 0 && (
        <p className="inspector-failure" role="status">
          {data.gateways.silent} of the gateways did not answer: their streams are missing here.
        </p>
      )}
      {data !== undefined && (
        // biome-ignore lint/a11y/noNoninteractiveTabindex: what scrolls must be reachable by the keyboard.
        <section className="inspector-table-scroller" tabIndex={0} aria-label="Table of streams">
          <table className="inspector-table">
            <thead>
              <tr>
                <th scope="col">Connection</th>
                <th scope="col">Key</th>
                <th scope="col">Address</th>
                <th scope="col">Topics</th>
                <th scope="col">Age</th>
                <th scope="col">Sent</th>
                <th scope="col">Waiting</th>
                <th scope="col">Conflated</th>
              </tr>
            </thead>
            <tbody>
              {data.items.map((connection) => (
                <tr key={connection.id} data-testid="connection-row">
                  <th scope="row">
                    {connection.id}
                    {connection.id === own && ' (this browser)'}
                  </th>
                  <td>{connection.key_name ?? UNKNOWN}</td>
                  <td>{connection.address}</td>
                  <td className="inspector-topics">{connection.topics.join(', ')}</td>
                  <td>{formatDuration(connection.age)}</td>
                  <td>{formatBytes(connection.bytes)}</td>
                  <td>{connection.queue_depth.toLocaleString('en')}</td>
                  <td>{connection.conflated.toLocaleString('en')}</td>
                </tr>
              ))}
            </tbody>
          </table>
        </section>
      )}
    </section>
  );
}

function isForbidden(error: Error | null): boolean {
  return error instanceof HermesApiError && error.status === 403;
}
