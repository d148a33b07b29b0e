import type { STREAM_INTERVALS_MS } from '@hermes/contracts';

/** How often a state may come at most, in milliseconds; 0: whenever it changes. */
export type StreamInterval = (typeof STREAM_INTERVALS_MS)[number];
