import { expect, it } from 'vitest';
import { HermesApiError } from './api-error.ts';
import type { ConnectionState } from './connection-state.ts';
import { pollingReasonOf } from './polling-reason.ts';

const connection = (state: ConnectionState['state'], code: HermesApiError['code'] | null): ConnectionState => ({
  state,
  attempts: 2,
  since: 0,
  error: code === null ? null : new HermesApiError({ code, message: 'no' }),
  notice: null,
});

it.each([
  ['polling', 'SSE_DISABLED', 'disabled'],
  ['polling', 'SSE_CAPACITY', 'capacity'],
  ['polling', 'NETWORK_ERROR', 'unreachable'],
  ['polling', null, 'unreachable'],
  ['polling', 'INVALID_ANSWER', 'other'],
  ['polling', 'INTERNAL', 'other'],
  ['live', null, null],
  ['reconnecting', 'NETWORK_ERROR', null],
  ['off', 'UNAUTHENTICATED', null],
] as const)('%s after %s: %s', (state, code, reason) => {
  expect(pollingReasonOf(connection(state, code))).toBe(reason);
});
