import { DOWNLOAD_STATUSES, isActiveStatus } from '@hermes/contracts';
import { HermesApiError, useConnection, useHermesApi, useStreamEvents } from '@hermes/react';
import { useEffect, useEffectEvent, useMemo, useSyncExternalStore } from 'react';
import { leadToLogin } from '../auth/unauthenticated.ts';
import { NOBODY } from '../downloads/progress-window.ts';
import { useNarrowProgress } from '../downloads/use-narrow-progress.ts';
import { QueueList, type QueueListState } from './queue-list.ts';
import type { QueueView } from './queue-views.ts';

/** The most that the API hands out at once. */
const PAGE_SIZE = 100;
const POLL_ACTIVE_MS = 2000;
const POLL_WAITING_MS = 10_000;
const POLL_IDLE_MS = 30_000;

interface LiveQueueList {
  list: QueueList;
  state: QueueListState;
  /** Progress comes for the rows in view alone, for which the table asks: others stand still. */
  isNarrow: boolean;
}

/**
 * @param shownIds answers which rows are on the screen: without a stream those are read again every few seconds.
 * @param needsAllProgress that of the rows in view is not enough.
 */
export function useQueueList(
  view: QueueView,
  shownIds: () => readonly string[],
  needsAllProgress: boolean,
): LiveQueueList {
  const api = useHermesApi();
  const connection = useConnection();
  const list = useMemo(
    () =>
      new QueueList({
        statuses: view.statuses,
        fetchPage: (cursor) =>
          api.listDownloads({ status: view.statuses, limit: PAGE_SIZE, cursor: cursor ?? undefined }),
        fetchOne: async (id) => {
          try {
            return (await api.getDownload(id)).data;
          } catch (error) {
            if (error instanceof HermesApiError && error.status === 404) return null;
            throw error;
          }
        },
        onError: leadToLogin,
        schedule: (flush) => void requestAnimationFrame(flush),
      }),
    [api, view],
  );
  const state = useSyncExternalStore(list.subscribe, list.get);

  const isNarrow = useNarrowProgress(state.counts);
  useStreamEvents((event) => list.receive(event), { progressOf: isNarrow && !needsAllProgress ? NOBODY : null });
  useEffect(() => void list.loadMore(), [list]);

  const polls = connection.state === 'polling' || (connection.state === 'off' && connection.error === null);
  const interval = pollInterval(state);
  const poll = useEffectEvent(() => void list.refresh(shownIds()));
  useEffect(() => {
    if (!polls) return;
    poll();
    const timer = setInterval(poll, interval);
    return () => clearInterval(timer);
  }, [polls, interval]);

  return { list, state, isNarrow };
}

function pollInterval({ counts }: QueueListState): number {
  if (counts === null || DOWNLOAD_STATUSES.some((status) => isActiveStatus(status) && counts[status] > 0)) {
    return POLL_ACTIVE_MS;
  }
  return counts.queued > 0 ? POLL_WAITING_MS : POLL_IDLE_MS;
}
