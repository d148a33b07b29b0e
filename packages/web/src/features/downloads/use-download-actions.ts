import type { Download, DownloadStatus } from '@hermes/contracts';
import { type HermesApi, useHermesApi } from '@hermes/react';
import { notifications } from '@mantine/notifications';
import { useMutation } from '@tanstack/react-query';
import { DOWNLOAD_ACTIONS, type DownloadAction } from './download-actions.ts';
import { showUndo } from './undo-notification.tsx';

/** Which downloads: those named, or all of some statuses, of which the server knows best how many there are by now. */
export type ActionTarget = { ids: readonly string[] } | { filter: { status: readonly DownloadStatus[] } };

interface Request {
  action: DownloadAction;
  target: ActionTarget;
}

interface Outcome {
  done: string[];
  refused: { id: string; message: string }[];
  /** More than one request may act on: they are as they were. */
  remaining: number;
}

/** Changes of priority under way at once. */
const CONCURRENCY = 4;

/** Carries out what a person decides about downloads, in one request, and says what became of it. */
export function useDownloadActions(onDone: (action: DownloadAction, ids: readonly string[]) => void = () => undefined) {
  const api = useHermesApi();

  const act = useMutation({
    mutationFn: ({ action, target }: Request) => carryOut(api, action, target),
    onSuccess: ({ done, refused, remaining }, { action }) => {
      onDone(action, done);
      const { undo } = DOWNLOAD_ACTIONS[action];
      if (done.length > 0) {
        showUndo(
          `${countOf(done.length)} ${DOWNLOAD_ACTIONS[action].done}`,
          undo === null ? null : () => act.mutate({ action: undo, target: { ids: done } }),
        );
      }
      if (refused[0])
        complain(`${countOf(refused.length)} could not be ${DOWNLOAD_ACTIONS[action].done}`, refused[0].message);
      if (remaining > 0) {
        complain(`${countOf(remaining)} are left`, 'One request takes no more. Do the same again for the rest.');
      }
    },
    onError: (error, { action }) => complain(`${DOWNLOAD_ACTIONS[action].label} did not work`, error.message),
  });

  const changePriority = useMutation({
    mutationFn: ({ ids, priority }: { ids: readonly string[]; priority: number }) => prioritise(api, ids, priority),
    onSuccess: ({ done, refused }, { priority }) => {
      if (done.length > 0) showUndo(`${countOf(done.length)} now at priority ${priority}`, null);
      if (refused[0]) complain(`${countOf(refused.length)} kept their priority`, refused[0].message);
    },
  });

  return {
    act: (action: DownloadAction, target: ActionTarget) => act.mutate({ action, target }),
    changePriority: (ids: readonly string[], priority: number) => changePriority.mutate({ ids, priority }),
    isPending: act.isPending || changePriority.isPending,
  };
}

/** Those of the rows that it makes sense for. */
export function fitting(action: DownloadAction, rows: readonly Download[]): Download[] {
  return rows.filter((row) => DOWNLOAD_ACTIONS[action].fits(row.status));
}

async function carryOut(api: HermesApi, action: DownloadAction, target: ActionTarget): Promise<Outcome> {
  if ('ids' in target && target.ids[0] !== undefined && target.ids.length === 1) {
    await actOnOne(api, action, target.ids[0]);
    return { done: [...target.ids], refused: [], remaining: 0 };
  }
  const { items, remaining } = await api.bulk({ action, ...target });
  return {
    remaining,
    done: items.flatMap((item) => ('error' in item ? [] : [item.download_id])),
    refused: items.flatMap((item) => ('error' in item ? [{ id: item.download_id, message: item.error.message }] : [])),
  };
}

function actOnOne(api: HermesApi, action: DownloadAction, id: string): Promise<void> {
  switch (action) {
    case 'pause':
      return api.pauseDownload(id);
    case 'resume':
      return api.resumeDownload(id);
    case 'retry':
      return api.retryDownload(id);
    case 'cancel':
      return api.cancelDownload(id);
    case 'delete':
      return api.deleteDownload(id);
  }
}

async function prioritise(api: HermesApi, ids: readonly string[], priority: number): Promise<Outcome> {
  const waiting = [...ids];
  const outcome: Outcome = { done: [], refused: [], remaining: 0 };
  const next = async () => {
    for (let id = waiting.shift(); id !== undefined; id = waiting.shift()) {
      try {
        await api.changeDownload(id, { priority });
        outcome.done.push(id);
      } catch (error) {
        outcome.refused.push({ id, message: error instanceof Error ? error.message : String(error) });
      }
    }
  };
  await Promise.all(Array.from({ length: CONCURRENCY }, next));
  return outcome;
}

function complain(title: string, message: string): void {
  notifications.show({ color: 'red', title, message });
}

function countOf(count: number): string {
  return count === 1 ? '1 download' : `${count.toLocaleString('en')} downloads`;
}
