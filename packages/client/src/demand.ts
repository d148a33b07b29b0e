import { STREAM_INTERVALS_MS, TOPICS, type Topic } from '@hermes/contracts';

/** What somebody wants of a stream. */
export interface Demand {
  /** In the order of `TOPICS`; none: no stream is wanted. */
  topics: readonly Topic[];
  /** How often a state may come at most, in milliseconds: one of `STREAM_INTERVALS_MS`; 0: whenever it changes. */
  intervalMs: number;
  /**
   * The downloads whose `download_progress` is wanted, if the topic `downloads` is; facts come for all. Null or absent:
   * everybody's.
   */
  progressOf?: readonly string[] | null | undefined;
}

/** The most that a stream takes by name; who wants more gets everybody's. */
const MAX_NAMED = 100;

/** What a stream must carry so that everybody gets what they want. */
export function unionOf(demands: Iterable<Demand>): Demand {
  const topics = new Set<Topic>();
  let intervalMs: number | null = null;
  let named: Set<string> | null = new Set();
  for (const demand of demands) {
    if (demand.topics.length === 0) continue;
    for (const topic of demand.topics) topics.add(topic);
    intervalMs = Math.min(intervalMs ?? demand.intervalMs, demand.intervalMs);
    if (!demand.topics.includes('downloads')) continue;
    const { progressOf = null } = demand;
    if (progressOf === null) named = null;
    else for (const id of progressOf) named?.add(id);
  }
  const isNarrow = topics.has('downloads') && named !== null && named.size <= MAX_NAMED;
  return {
    topics: TOPICS.filter((topic) => topics.has(topic)),
    intervalMs: intervalMs ?? 0,
    // In an order of their own, so that who asks for the same gets the same bytes.
    progressOf: isNarrow && named !== null ? [...named].sort() : null,
  };
}

/** Whether a stream of `held` brings all that `wanted` asks for. */
export function covers(held: Demand, wanted: Demand): boolean {
  return coversTopics(held, wanted) && coversProgress(held, wanted);
}

/** Whether it brings every topic that is wanted, as often as it is; whose progress is another question. */
export function coversTopics(held: Demand, wanted: Demand): boolean {
  // Asked for without topics, it carries all there are.
  if (held.topics.length === 0) return true;
  return wanted.topics.every((topic) => held.topics.includes(topic)) && held.intervalMs <= wanted.intervalMs;
}

function coversProgress({ progressOf: held = null }: Demand, { topics, progressOf: wanted = null }: Demand): boolean {
  if (held === null || (topics.length > 0 && !topics.includes('downloads'))) return true;
  return wanted?.every((id) => held.includes(id)) ?? false;
}

export function isSameDemand(a: Demand, b: Demand): boolean {
  return (
    a.intervalMs === b.intervalMs &&
    a.topics.join() === b.topics.join() &&
    (a.progressOf?.join() ?? null) === (b.progressOf?.join() ?? null)
  );
}

/** The demand as the query of a stream, with its question mark. */
export function demandQuery({ topics, intervalMs, progressOf = null }: Demand): string {
  const params = new URLSearchParams();
  if (topics.length > 0) params.set('channels', topics.join(','));
  // An empty one is nobody's, an absent one everybody's.
  if (progressOf !== null) params.set('download_id', progressOf.join(','));
  if ((STREAM_INTERVALS_MS as readonly number[]).includes(intervalMs) && intervalMs > 0) {
    params.set('interval_ms', String(intervalMs));
  }
  const text = params.toString();
  return text === '' ? '' : `?${text.replaceAll('%2C', ',')}`;
}
