import type { PollingReason } from '@hermes/contracts';
import type { ConnectionState } from './connection-state.ts';

/** Why data has to be fetched although a stream is wanted; null while it has not. */
export function pollingReasonOf({ state, error }: ConnectionState): PollingReason | null {
  if (state !== 'polling') return null;
  switch (error?.code) {
    case 'SSE_DISABLED':
      return 'disabled';
    case 'SSE_CAPACITY':
      return 'capacity';
    case 'NETWORK_ERROR':
    // The first attempt has not been answered yet.
    case undefined:
      return 'unreachable';
    default:
      return 'other';
  }
}
