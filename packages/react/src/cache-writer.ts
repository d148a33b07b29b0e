import { isLogEvent, type LogEvent, type Read, type StreamEvent } from '@hermes/client';
import {
  type Connected,
  type Cursor,
  type Download,
  formatCursor,
  type HistoryResponse,
  isFact,
  isFinalStatus,
  type ListDownloadsResponse,
  parseCursor,
  type Snapshot,
  TOPICS,
  type Topic,
} from '@hermes/contracts';
import { hashKey, type QueryClient, type QueryKey } from '@tanstack/react-query';
import { AnswerPositions } from './answer-positions.ts';
import {
  applyToDownload,
  applyToQueueList,
  changesHistory,
  changesOrder,
  isFullPage,
  type QueueList,
  queueStatsOf,
} from './apply-event.ts';
import { addPage, applySnapshotToDownload, applySnapshotToQueueList, type WholeSnapshot } from './apply-snapshot.ts';
import { CacheEntries } from './cache-entries.ts';
import { EventRing } from './event-ring.ts';
import { mergeDownload, mergeQueueList } from './merge-answer.ts';
import { type QueueFilters, queryKeys } from './query-keys.ts';
import { RefetchThrottle } from './refetch-throttle.ts';
import { isWholeState, StreamedStates } from './streamed-states.ts';
import { addSystemEvent, type SystemEvent } from './system-events.ts';

/** Writes what a stream says into the cache of TanStack Query, and brings what is fetched up to date with it. */
export class CacheWriter {
  readonly #entries: CacheEntries;
  readonly #ring = new EventRing();
  readonly #pages: Snapshot[] = [];
  readonly #refetch: RefetchThrottle;
  readonly #states: StreamedStates;
  readonly #answers: AnswerPositions;
  /** By query: the position of an answer that may lack something, and that was asked for again therefore. */
  readonly #doubts = new Map<string, string | null>();
  /** What the stream carries. */
  #topics: readonly Topic[] = [];
  #epoch: string | null = null;
  /** On a stream that could not be resumed nothing is known to be whole until its snapshot has come. */
  #awaitsSnapshot = false;

  constructor(client: QueryClient) {
    this.#refetch = new RefetchThrottle(client);
    this.#entries = new CacheEntries(client);
    this.#states = new StreamedStates(this.#entries);
    this.#answers = new AnswerPositions(client);
  }

  /** What came together: however much it is, each cache entry is written once. */
  receive(events: readonly StreamEvent[]): void {
    this.#entries.together(() => {
      for (const event of events) this.#receive(event);
    });
  }

  #receive(event: StreamEvent): void {
    if (isLogEvent(event)) {
      this.#enterEpoch(event.epoch);
      if (this.#ring.epoch === null) this.#startFrom({ epoch: event.epoch, seq: event.seq - 1 });
      this.#ring.push(event);
      this.#apply(event);
      return;
    }
    switch (event.event) {
      case 'connected':
        if (!event.data.recovered) this.#startAnew();
        else this.#widen(event.data);
        this.#topics = event.data.topics;
        return;
      case 'snapshot': {
        const asOf = event.seq === null || event.epoch === null ? null : { epoch: event.epoch, seq: event.seq };
        const whole = addPage(this.#pages, event.data, asOf);
        if (whole) this.#reconcile(whole);
        return;
      }
      case 'reset':
        this.#startAnew();
        this.#refetchAll(TOPICS.flatMap((topic) => this.#entries.keysOf(topic)));
    }
  }

  /** For the `queryFn` of one download. */
  mergeDownload(id: string, answer: Read<Download>): Download {
    const key = queryKeys.downloadProgress(id);
    // Nothing follows what is final, so nothing can be missing.
    const missed = isFinalStatus(answer.data.status) ? [] : this.#missedBy(key, answer.cursor);
    return mergeDownload(this.#entries.read(key), answer.data, missed);
  }

  /** For the `queryFn` of a list. */
  mergeQueueList(filters: QueueFilters, answer: Read<ListDownloadsResponse>): QueueList {
    const key = queryKeys.queue(filters);
    const missed = this.#missedBy(key, answer.cursor);
    const list = mergeQueueList(this.#entries.read(key), filters, answer, missed);
    // On a stream that topics were added to no event has said these yet.
    const isWhole = filters.status === undefined && list.next_cursor === null;
    if (isWhole && list.as_of !== null)
      this.#entries.updateStats(queueStatsOf(list.counts, list.items, list.as_of.seq));
    return list;
  }

  /** For the `queryFn` of what an event replaces as a whole: statistics, storage. */
  mergeState<Data>(key: QueryKey, answer: Read<Data>): Data {
    this.noteAnswer(key, answer);
    return this.#states.merge(key, answer, this.#ring.after(answer.cursor).events);
  }

  /** For the `queryFn` of the history, which the database may answer before it knows of a download that has just ended. */
  noteHistory(key: QueryKey, { data, cursor }: Read<HistoryResponse>): HistoryResponse {
    this.noteAnswer(key, { data, cursor });
    this.#settle(key, cursor, !this.#ring.after(cursor).events.some(changesHistory));
    return data;
  }

  /** For the `queryFn` of what no event says, but which is fetched again after some. */
  noteAnswer<Data>(key: QueryKey, { data, cursor }: Read<Data>): Data {
    if (cursor) this.#enterEpoch(cursor.epoch);
    if (!this.#answers.note(key, cursor)) this.#refetch.soon(key);
    return data;
  }

  dispose(): void {
    this.#refetch.cancel();
  }

  /** What an answer lacks that is true as of `cursor`. If that cannot be told, it is asked for again. */
  #missedBy(key: QueryKey, cursor: Cursor | null): readonly LogEvent[] {
    this.noteAnswer(key, { data: null, cursor });
    const { events, isWhole } = this.#ring.after(cursor);
    this.#settle(key, cursor, isWhole);
    return events;
  }

  /** Has an answer that may lack something asked for again. */
  #settle(key: QueryKey, cursor: Cursor | null, isWhole: boolean): void {
    const hash = hashKey(key);
    const position = cursor && formatCursor(cursor);
    // The database stands where the last fact left it, which may be long before the stream began. Asked again, and still
    // standing there, it lacks nothing.
    if (isWhole) this.#doubts.delete(hash);
    else if (this.#doubts.get(hash) !== position) {
      this.#doubts.set(hash, position);
      this.#refetch.soon(key);
    }
  }

  /**
   * What a topic that is new brought before now is not known: what rests on it is asked for, unless the answer that is
   * held, or comes, is as new as the stream.
   */
  #widen({ topics, cursor }: Connected): void {
    const added = topics.filter((topic) => !this.#topics.includes(topic));
    const position = parseCursor(cursor);
    if (added.length === 0 || position === null) return;
    this.#ring.knowNothingBefore(position);
    const keys = added.flatMap((topic) => this.#entries.keysOf(topic));
    for (const key of new Map(keys.map((one) => [hashKey(one), one])).values()) {
      const state = this.#answers.require(key, position);
      if (state === 'missing') this.#refetch.soon(key);
      else if (state === 'under way') this.#refetch.afterFailure(key);
    }
  }

  #refetchAll(keys: readonly QueryKey[]): void {
    for (const key of keys) this.#refetch.soon(key);
  }

  /** Continuity is broken: what was heard before says nothing about what comes. A snapshot follows. */
  #startAnew(): void {
    this.#ring.clear();
    this.#pages.length = 0;
    this.#awaitsSnapshot = true;
  }

  #startFrom(position: Cursor): void {
    this.#enterEpoch(position.epoch);
    this.#ring.restart(position);
    this.#doubts.clear();
  }

  /** Positions of another epoch say nothing about this one: whatever comes now is newer than all that is held. */
  #enterEpoch(epoch: string): void {
    if (this.#epoch === epoch) return;
    if (this.#epoch !== null) {
      this.#ring.clear();
      this.#states.forgetPositions();
      this.#entries.updateLists((list) => ({ ...list, items: list.items.map(withoutPosition), as_of: null }));
      this.#entries.updateDownloads(withoutPosition);
      this.#entries.forgetStats();
    }
    this.#epoch = epoch;
  }

  #apply(event: LogEvent): void {
    if (isWholeState(event)) {
      this.#states.apply(event);
      if (event.event === 'analytics_update') this.#refetchAll(this.#entries.timelineKeys());
      return;
    }
    if (event.event === 'system_notification') {
      const key = queryKeys.systemEvents();
      this.#entries.write(key, addSystemEvent(this.#entries.read<readonly SystemEvent[]>(key), event));
      return;
    }
    if (changesHistory(event)) this.#refetchAll(this.#entries.historyKeys());
    if (event.event === 'queue_stats') this.#entries.updateStats({ ...event.data, seq: event.seq });
    if (event.event === 'download_progress' || event.event === 'download_status') {
      this.#entries.updateDownload(event.data.download_id, (held) => applyToDownload(held, event));
    }
    this.#entries.updateLists((list, filters, key) => {
      const next = applyToQueueList(list, filters, event);
      if (next !== list && isFact(event.event) && !isFullPage(next, filters)) this.#refetch.soon(key);
      // Where it goes to, the API knows.
      if (changesOrder(event)) this.#refetch.soon(key);
      return next;
    });
  }

  #reconcile(snapshot: WholeSnapshot): void {
    if (this.#awaitsSnapshot) {
      this.#awaitsSnapshot = false;
      this.#startFrom(snapshot.asOf);
    }
    this.#entries.updateDownloads((held, key) => {
      const { entry, isDoubtful } = applySnapshotToDownload(held, snapshot);
      if (isDoubtful) this.#refetch.soon(key);
      return entry;
    });
    this.#entries.updateLists((list, filters, key) => {
      const { entry, isDoubtful } = applySnapshotToQueueList(list, filters, snapshot);
      if (isDoubtful || (entry !== list && !isFullPage(entry, filters))) this.#refetch.soon(key);
      return entry;
    });
    this.#entries.updateStats(queueStatsOf(snapshot.counts, [...snapshot.downloads.values()], snapshot.asOf.seq));
  }
}

function withoutPosition(download: Download): Download {
  return { ...download, seq: -1 };
}
