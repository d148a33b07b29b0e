import type { Download } from '@hermes/contracts';
import { useConnection } from '@hermes/react';
import { useState } from 'react';
import type { Question } from '../downloads/confirm-dialog.tsx';
import { DOWNLOAD_ACTIONS, type DownloadAction, describeLoss } from '../downloads/download-actions.ts';
import { type ActionTarget, fitting, useDownloadActions } from '../downloads/use-download-actions.ts';
import type { QueueList } from './queue-list.ts';
import type { QueueView } from './queue-views.ts';

/** Does to many rows what can be done to one. What nothing takes back is asked for first. */
export function useQueueActions(list: QueueList, view: QueueView) {
  const connection = useConnection();
  const [question, setQuestion] = useState<Question | null>(null);
  const { act, changePriority, isPending } = useDownloadActions((action, ids) => {
    if (action === 'delete') list.remove(ids);
    // A live stream tells by itself.
    else if (connection.state !== 'live') void list.refresh(ids);
  });

  function ask(action: DownloadAction, count: number, detail: string, target: ActionTarget) {
    const { label, undo } = DOWNLOAD_ACTIONS[action];
    if (undo !== null) return act(action, target);
    const what = count === 1 ? 'this download' : `${count.toLocaleString('en')} downloads`;
    setQuestion({
      title: `${label} ${what}?`,
      detail,
      confirm: `${label} ${count === 1 ? 'it' : `all ${count.toLocaleString('en')}`}`,
      onConfirm: () => act(action, target),
    });
  }

  return {
    question,
    isPending,
    forgetQuestion: () => setQuestion(null),
    actOnRows(action: DownloadAction, rows: readonly Download[]) {
      const fit = fitting(action, rows);
      if (fit.length === 0) return;
      ask(action, fit.length, describeLoss(action, fit), { ids: fit.map((row) => row.download_id) });
    },
    /** On all that the view lists, shown here or not. */
    actOnView(action: DownloadAction, count: number) {
      const status = view.statuses.filter((one) => DOWNLOAD_ACTIONS[action].fits(one));
      ask(action, count, 'Also those that are not shown here. This cannot be taken back.', { filter: { status } });
    },
    changePriority,
    /** By so much for each, within what there is. */
    shiftPriority(change: number, rows: readonly Download[]) {
      const byPriority = Map.groupBy(rows, (row) => Math.max(0, Math.min(100, row.priority + change)));
      for (const [priority, same] of byPriority) {
        changePriority(
          same.map((row) => row.download_id),
          priority,
        );
      }
    },
  };
}
