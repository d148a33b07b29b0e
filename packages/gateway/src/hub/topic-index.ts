import { EVENTS, type EventName } from '@hermes/contracts';
import type { Frame } from './frame.ts';
import type { Group } from './group.ts';
import { matches } from './subscription.ts';

/**
 * Which groups an event concerns, without asking those that it does not: groups that follow single downloads are found
 * by the download's id, all others by the event.
 */
export class TopicIndex {
  readonly #byEvent = new Map<EventName, Set<Group>>();
  /** `download` groups: all that is about one download. */
  readonly #byDownload = new Map<string, Set<Group>>();
  /** `progressOf` groups, for the one event that they narrow. */
  readonly #byProgress = new Map<string, Set<Group>>();

  add(group: Group): void {
    this.#eachBucket(group, (buckets, key) => {
      const bucket = buckets.get(key);
      if (bucket === undefined) buckets.set(key, new Set([group]));
      else bucket.add(group);
    });
  }

  remove(group: Group): void {
    this.#eachBucket(group, (buckets, key) => {
      const bucket = buckets.get(key);
      bucket?.delete(group);
      if (bucket?.size === 0) buckets.delete(key);
    });
  }

  /** Calls `take` with every group that wants the frame. Called back rather than generated: this is asked for every event. */
  eachGroupOf(frame: Frame, take: (group: Group) => void): void {
    const { event, key } = frame;
    const byEvent = this.#byEvent.get(event);
    if (byEvent !== undefined) for (const group of byEvent) if (matches(group.subscription, frame)) take(group);
    if (frame.topic !== 'downloads' || key === null) return;
    const byDownload = this.#byDownload.get(key);
    if (byDownload !== undefined) for (const group of byDownload) take(group);
    const byProgress = event === 'download_progress' ? this.#byProgress.get(key) : undefined;
    if (byProgress !== undefined) for (const group of byProgress) take(group);
  }

  #eachBucket(group: Group, visit: (buckets: Map<string, Set<Group>>, key: string) => void): void {
    const { download, topics, progressOf } = group.subscription;
    if (download !== null) {
      visit(this.#byDownload, download);
      return;
    }
    for (const [event, { topic }] of Object.entries(EVENTS)) {
      if (!topics.includes(topic)) continue;
      if (event !== 'download_progress' || progressOf === null) visit(this.#byEvent, event);
      else for (const id of progressOf) visit(this.#byProgress, id);
    }
  }
}
