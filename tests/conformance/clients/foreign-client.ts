import { CONTROL_FRAMES, EVENTS } from '@hermes/contracts';

/** One event as the client told it; `id` is the last event id at that moment. */
export interface SeenEvent {
  event: string;
  id: string;
  data: string;
}

export interface StreamAddress {
  origin: string;
  /** Below the origin. */
  path: string;
  key: string;
}

/** A client that we did not write, and that comes back by itself in the way that is its own. */
export interface ForeignClient {
  /** Everything since the beginning. */
  seen(): Promise<readonly SeenEvent[]>;
  close(): Promise<void>;
}

export type StartClient = (address: StreamAddress) => Promise<ForeignClient>;

/** All names that a stream can hold, and the two that it must not: an EventSource has to be asked for each. */
export const NAMES: readonly string[] = [...Object.keys(EVENTS), ...Object.keys(CONTROL_FRAMES), 'message', 'error'];
