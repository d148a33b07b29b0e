import type { HermesApiError } from './api-error.ts';
import { askedDelay, backoffDelay } from './backoff.ts';

/** All in milliseconds. */
export interface StreamTiming {
  /** An attempt that has not been greeted by then has failed. */
  connectTimeoutMs: number;
  /** Without a connection for so long, polling begins. */
  pollingAfterMs: number;
  /** First step of the backoff, until the server says `retry:`. */
  baseDelayMs: number;
  maxDelayMs: number;
  /** When to ask again whether streams have been switched on. */
  disabledProbeMs: number;
  /** A stream that lived so long was healthy: the backoff begins anew. */
  stableAfterMs: number;
}

export const DEFAULT_TIMING: StreamTiming = {
  connectTimeoutMs: 10_000,
  pollingAfterMs: 5_000,
  baseDelayMs: 1_000,
  maxDelayMs: 15_000,
  disabledProbeMs: 10_000,
  stableAfterMs: 5_000,
};

/** Polling begins after so many failed attempts, if the time has not made it begin before. */
const POLLING_AFTER_ATTEMPTS = 2;

/** How an attempt ended. */
export interface Ending {
  /** Why; null when the server closed the stream in good order. */
  error: HermesApiError | null;
  /** What the server's farewell asked for; null without one. */
  farewellDelayMs: number | null;
}

export interface ReconnectSituation {
  ending: Ending;
  /** Failed attempts since the stream was last live, this one included. */
  attempts: number;
  /** The server has accepted this credential before. */
  hadAccess: boolean;
  /** Attempts in a row that brought no healthy stream: short-lived ones count here as well. */
  streak: number;
  baseDelayMs: number;
  timing: StreamTiming;
  random: () => number;
}

export type Reconnection =
  /** The server knows this client and says no: asking again is pointless until somebody logs in. */
  { kind: 'stop' } | { kind: 'wait'; delayMs: number; poll: boolean };

/** What to do after an attempt has ended. A failed connection is never final, a refused credential is. */
export function decideReconnection(situation: ReconnectSituation): Reconnection {
  const { ending, attempts, hadAccess, streak, baseDelayMs, timing, random } = situation;
  const { error, farewellDelayMs } = ending;
  // What was good a moment ago may have been renewed, by a log-in in another tab for one: it is tried once more.
  const mayBeRenewed = error?.status === 401 && hadAccess;
  if (!mayBeRenewed && (error?.status === 401 || error?.status === 403)) return { kind: 'stop' };
  if (error?.code === 'SSE_DISABLED') {
    return { kind: 'wait', delayMs: askedDelay(error.retryAfterMs ?? timing.disabledProbeMs, random), poll: true };
  }
  const poll = attempts >= POLLING_AFTER_ATTEMPTS;
  // The gateway spreads its farewells itself.
  if (farewellDelayMs !== null) return { kind: 'wait', delayMs: farewellDelayMs, poll };
  const backoff = backoffDelay(streak, baseDelayMs, timing.maxDelayMs, random);
  const asked = error?.retryAfterMs == null ? 0 : askedDelay(error.retryAfterMs, random);
  return { kind: 'wait', delayMs: Math.max(backoff, asked), poll };
}
