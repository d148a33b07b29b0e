import type { Cursor } from '@hermes/contracts';
import { HermesApiError } from '../api-error.ts';
import type { ConnectionState } from '../connection-state.ts';
import type { Demand } from '../demand.ts';
import type { StreamEvent } from '../stream-event.ts';

/** Who leads, and since when: a later leader has a greater term. */
export interface Term {
  n: number;
  id: string;
}

export function compareTerms(a: Term, b: Term): number {
  return a.n - b.n || (a.id < b.id ? -1 : a.id === b.id ? 0 : 1);
}

/** What a leader says of its connection; only what can be cloned. */
export interface Telling extends Pick<ConnectionState, 'state' | 'attempts' | 'notice'> {
  error: Pick<HermesApiError, 'code' | 'message' | 'status' | 'problem' | 'retryAfterMs'> | null;
}

export function tell({ state, attempts, error, notice }: ConnectionState): Telling {
  if (error === null) return { state, attempts, notice, error };
  const { code, message, status, problem, retryAfterMs } = error;
  return { state, attempts, notice, error: { code, message, status, problem, retryAfterMs } };
}

/** What was told, as a change of the state. */
export function hear({ error, ...telling }: Telling): Omit<ConnectionState, 'since'> {
  if (error === null) return { ...telling, error };
  const { code, message } = error;
  const facts = { status: error.status ?? undefined, problem: error.problem ?? undefined };
  const retryAfterMs = error.retryAfterMs ?? undefined;
  return { ...telling, error: new HermesApiError({ code, message, ...facts, retryAfterMs }) };
}

/** What tabs say to each other; everybody hears everything. */
export type TabMessage = { from: string } & (
  | /** A tab that wants the stream, from where it is. */ {
      kind: 'hello';
      cursor: Cursor | null;
      demand: Demand;
      /** It was away before. */
      isNew: boolean;
    }
  | /** A follower is still there. */ { kind: 'here'; demand: Demand }
  | /** It wants nothing any more. */ { kind: 'bye' }
  | /** Is the leader still there? */ { kind: 'ping' }
  | /** Somebody pressed a button. */ { kind: 'reconnect' }
  | /** The leader is there, and has sent so many batches. */ {
      kind: 'beat';
      term: Term;
      n: number;
      hidden: boolean;
      connection: Telling;
    }
  | /** The stream for one tab up to batch `n`; the next batch follows. */ {
      kind: 'welcome';
      to: string;
      term: Term;
      n: number;
      /** Where that tab was when it asked: an answer to a former question would begin its stream anew. */
      cursor: Cursor | null;
      events: StreamEvent[];
      connection: Telling;
    }
  | /** What the stream brought. */ { kind: 'events'; term: Term; n: number; events: StreamEvent[] }
  | /** To one who leads but has been replaced. */ { kind: 'stale'; term: Term }
);

/** What only a leader says, or who knows of a later one. */
export type LeaderMessage = Extract<TabMessage, { term: Term }>;
/** What is said to whoever leads. */
export type MemberMessage = Exclude<TabMessage, LeaderMessage>;
