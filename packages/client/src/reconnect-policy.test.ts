import { describe, expect, it } from 'vitest';
import { HermesApiError } from './api-error.ts';
import { DEFAULT_TIMING, decideReconnection, type Ending, type ReconnectSituation } from './reconnect-policy.ts';

function decide(ending: Partial<Ending>, situation: Partial<ReconnectSituation> = {}) {
  return decideReconnection({
    ending: { error: null, farewellDelayMs: null, ...ending },
    attempts: 0,
    hadAccess: false,
    streak: 0,
    baseDelayMs: 1000,
    timing: DEFAULT_TIMING,
    random: () => 0.5,
    ...situation,
  });
}

const refusal = (code: 'SSE_DISABLED' | 'SSE_CAPACITY' | 'RATE_LIMITED', retryAfterMs?: number) =>
  new HermesApiError({ code, message: '', status: 503, retryAfterMs });

describe('decideReconnection', () => {
  it('tries once more with a credential that was good: it may have been renewed', () => {
    const refused = (status: number) => new HermesApiError({ code: 'UNAUTHENTICATED', message: '', status });
    expect(decide({ error: refused(401) }, { hadAccess: true }).kind).toBe('wait');
    expect(decide({ error: refused(401) }).kind).toBe('stop');
    expect(decide({ error: refused(403) }, { hadAccess: true }).kind).toBe('stop');
  });

  it('waits longer with every attempt that brought no healthy stream', () => {
    expect([0, 1, 2, 10].map((streak) => decide({}, { streak }))).toMatchObject([
      { delayMs: 263 },
      { delayMs: 525 },
      { delayMs: 1050 },
      { delayMs: 7875 },
    ]);
  });

  it('begins to poll with the second failed attempt', () => {
    expect(decide({}, { attempts: 1 })).toMatchObject({ poll: false });
    expect(decide({}, { attempts: 2 })).toMatchObject({ poll: true });
  });

  it('comes back when the farewell says, to the millisecond: the gateway has spread them', () => {
    expect(decide({ farewellDelayMs: 0 })).toMatchObject({ delayMs: 0 });
    expect(decide({ farewellDelayMs: 1234 }, { streak: 9 })).toMatchObject({ delayMs: 1234 });
  });

  it('never comes back before Retry-After, and not all at once after it', () => {
    expect(decide({ error: refusal('SSE_CAPACITY', 20_000) })).toMatchObject({ delayMs: 22_500, poll: false });
    expect(decide({ error: refusal('RATE_LIMITED', 10) })).toMatchObject({ delayMs: 263 });
  });

  it('polls at once when streams are off, and asks again after ten seconds or when told', () => {
    expect(decide({ error: refusal('SSE_DISABLED') })).toEqual({ kind: 'wait', delayMs: 11_250, poll: true });
    expect(decide({ error: refusal('SSE_DISABLED', 4000) })).toEqual({ kind: 'wait', delayMs: 4500, poll: true });
  });
});
