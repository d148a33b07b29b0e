import { ConnectionStatus } from '@hermes/react';
import './connection.css';

export function ConnectionBadge() {
  return (
    <span className="connection-badge" data-testid="connection-status">
      <ConnectionStatus />
    </span>
  );
}
