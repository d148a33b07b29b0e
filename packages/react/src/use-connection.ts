import type { ConnectionState } from '@hermes/client';
import { useMemo, useSyncExternalStore } from 'react';
import { useHermes } from './hermes-context.ts';

export interface Connection extends ConnectionState {
  /** Tries at once, whatever the stream is waiting for. Call it after a log-in. */
  reconnect: () => void;
}

/** The state of the stream that all hooks share. */
export function useConnection(): Connection {
  const { connection, shared } = useHermes();
  const state = useSyncExternalStore(connection.subscribe, connection.get, connection.get);
  return useMemo(() => ({ ...state, reconnect: shared.reconnect }), [state, shared]);
}
