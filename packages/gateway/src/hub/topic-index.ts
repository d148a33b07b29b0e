import type { Topic } from '@hermes/contracts';
import type { Frame } from './frame.ts';
import type { Group } from './group.ts';
import { matches } from './subscription.ts';

/**
 * Which groups an event concerns, without asking those that it does not: groups that follow single downloads are found
 * by the download's id, all others by topic.
 */
export class TopicIndex {
  readonly #byTopic = new Map<Topic, Set<Group>>();
  readonly #byDownload = new Map<string, Set<Group>>();

  add(group: Group): void {
    for (const bucket of this.#bucketsOf(group)) bucket.add(group);
  }

  remove(group: Group): void {
    for (const bucket of this.#bucketsOf(group)) bucket.delete(group);
    const { download } = group.subscription;
    if (download !== null && this.#byDownload.get(download)?.size === 0) this.#byDownload.delete(download);
  }

  *groupsOf(frame: Frame): Iterable<Group> {
    for (const group of this.#byTopic.get(frame.topic) ?? []) {
      if (matches(group.subscription, frame)) yield group;
    }
    if (frame.topic === 'downloads' && frame.log.key !== null) {
      yield* this.#byDownload.get(frame.log.key) ?? [];
    }
  }

  #bucketsOf(group: Group): Set<Group>[] {
    const { download, topics } = group.subscription;
    if (download !== null) return [bucketIn(this.#byDownload, download)];
    return topics.map((topic) => bucketIn(this.#byTopic, topic));
  }
}

function bucketIn<Key>(map: Map<Key, Set<Group>>, key: Key): Set<Group> {
  let bucket = map.get(key);
  if (bucket === undefined) {
    bucket = new Set();
    map.set(key, bucket);
  }
  return bucket;
}
