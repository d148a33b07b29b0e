import type { ApiKey } from '@hermes/contracts';
import { Button } from '@mantine/core';

interface KeysTableProps {
  keys: readonly ApiKey[];
  onRevoke: (key: ApiKey) => void;
}

export function KeysTable({ keys, onRevoke }: KeysTableProps) {
  return (
    <table className="keys-table">
      <caption className="visually-hidden">Keys that open this service</caption>
      <thead>
        <tr>
          <th scope="col">Name</th>
          <th scope="col">Begins with</th>
          <th scope="col">May</th>
          <th scope="col">Made</th>
          <th scope="col">Ends</th>
          <th scope="col">
            <span className="visually-hidden">Actions</span>
          </th>
        </tr>
      </thead>
      <tbody>
        {keys.map((key) => (
          <tr key={key.id} data-testid="key-row">
            <th scope="row">{key.name}</th>
            <td className="keys-hint">
              <code>{key.hint}…</code>
            </td>
            <td className="keys-may">{key.permissions.join(', ')}</td>
            <td className="keys-made">{formatDay(key.created_at)}</td>
            <td className="keys-ends">{key.expires_at === null ? 'never' : formatDay(key.expires_at)}</td>
            <td>
              <Button
                variant="subtle"
                color="red"
                size="compact-sm"
                aria-label={`Revoke ${key.name}`}
                onClick={() => onRevoke(key)}
                data-testid="key-revoke"
              >
                Revoke
              </Button>
            </td>
          </tr>
        ))}
      </tbody>
    </table>
  );
}

function formatDay(iso: string): string {
  return new Date(iso).toLocaleDateString(undefined, { day: 'numeric', month: 'short', year: 'numeric' });
}
