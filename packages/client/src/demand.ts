import { STREAM_INTERVALS_MS, TOPICS, type Topic } from '@hermes/contracts';

/** What somebody wants of a stream. */
export interface Demand {
  /** In the order of `TOPICS`; none: no stream is wanted. */
  topics: readonly Topic[];
  /** How often a state may come at most, in milliseconds: one of `STREAM_INTERVALS_MS`; 0: whenever it changes. */
  intervalMs: number;
}

/** What a stream must carry so that everybody gets what they want. */
export function unionOf(demands: Iterable<Demand>): Demand {
  const topics = new Set<Topic>();
  let intervalMs: number | null = null;
  for (const demand of demands) {
    if (demand.topics.length === 0) continue;
    for (const topic of demand.topics) topics.add(topic);
    intervalMs = Math.min(intervalMs ?? demand.intervalMs, demand.intervalMs);
  }
  return { topics: TOPICS.filter((topic) => topics.has(topic)), intervalMs: intervalMs ?? 0 };
}

/** Whether a stream of `held` brings all that `wanted` asks for. */
export function covers(held: Demand, wanted: Demand): boolean {
  return wanted.topics.every((topic) => held.topics.includes(topic)) && held.intervalMs <= wanted.intervalMs;
}

export function isSameDemand(a: Demand, b: Demand): boolean {
  return a.intervalMs === b.intervalMs && a.topics.join() === b.topics.join();
}

/** The demand as the query of a stream, with its question mark. */
export function demandQuery({ topics, intervalMs }: Demand): string {
  const params = new URLSearchParams();
  if (topics.length > 0) params.set('channels', topics.join(','));
  if ((STREAM_INTERVALS_MS as readonly number[]).includes(intervalMs) && intervalMs > 0) {
    params.set('interval_ms', String(intervalMs));
  }
  const text = params.toString();
  return text === '' ? '' : `?${text.replaceAll('%2C', ',')}`;
}
