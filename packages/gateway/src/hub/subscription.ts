import type { DownloadStatus, Topic } from '@hermes/contracts';
import type { Frame } from './frame.ts';

/** What one connection wants; no value is named twice. */
export interface Subscription {
  readonly topics: readonly Topic[];
  /** Only this download's progress and status; null: every download's. */
  readonly download: string | null;
  /** Narrows `download_progress`, and nothing else; null: every download's. */
  readonly progressOf: readonly string[] | null;
  /** Narrows `queue_update` to those that enter or leave one of these; null: all. */
  readonly queueStatus: readonly DownloadStatus[] | null;
  /** A state at most this often, in milliseconds; 0: as it comes. */
  readonly intervalMs: number;
}

export function matches(subscription: Subscription, frame: Frame): boolean {
  const { topic } = frame;
  if (!subscription.topics.includes(topic)) return false;
  if (topic === 'downloads') {
    if (subscription.download !== null) return frame.key === subscription.download;
    if (frame.event === 'download_progress' && subscription.progressOf !== null) {
      return frame.key !== null && subscription.progressOf.includes(frame.key);
    }
    return true;
  }
  if (topic === 'queue' && subscription.queueStatus !== null) {
    const { queueStatus } = subscription;
    return (
      (frame.status !== null && queueStatus.includes(frame.status)) ||
      (frame.previousStatus !== null && queueStatus.includes(frame.previousStatus))
    );
  }
  return true;
}

/** Connections whose subscriptions have the same signature get the same bytes. */
export function signature(subscription: Subscription): string {
  return JSON.stringify([
    [...subscription.topics].sort(),
    subscription.download,
    subscription.progressOf === null ? null : [...subscription.progressOf].sort(),
    subscription.queueStatus === null ? null : [...subscription.queueStatus].sort(),
    subscription.intervalMs,
  ]);
}
