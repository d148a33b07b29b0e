/** A request header of clients that fetch because they have no event stream. Its value says why; it changes no answer. */
export const POLLING_HEADER = 'Hermes-Polling';

/**
 * - `disabled`: streams are switched off, by the server or in the page.
 * - `capacity`: the server holds as many as it may.
 * - `unreachable`: the stream cannot be reached, or breaks off.
 * - `other`: anything else, such as a stream whose answer is not one.
 */
export const POLLING_REASONS = ['disabled', 'capacity', 'unreachable', 'other'] as const;
export type PollingReason = (typeof POLLING_REASONS)[number];
