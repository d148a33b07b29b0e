import { type Download, type DownloadStatus, isFinalStatus } from '@hermes/contracts';
import { IconPlayerPause, IconPlayerPlay, IconRefresh, IconTrash, IconX } from '@tabler/icons-react';

export type DownloadAction = 'pause' | 'resume' | 'retry' | 'cancel' | 'delete';

interface ActionFacts {
  label: string;
  /** What has become of a download then, after its number: `3 downloads paused`. */
  done: string;
  Icon: typeof IconX;
  /** What it makes no sense for, the server would refuse. */
  fits: (status: DownloadStatus) => boolean;
  /** The action that takes it back; null: nothing does, so it is asked for first. */
  undo: DownloadAction | null;
}

export const DOWNLOAD_ACTIONS: Record<DownloadAction, ActionFacts> = {
  pause: {
    label: 'Pause',
    done: 'paused',
    Icon: IconPlayerPause,
    fits: (status) => status === 'queued' || status === 'downloading',
    undo: 'resume',
  },
  resume: {
    label: 'Resume',
    done: 'resumed',
    Icon: IconPlayerPlay,
    fits: (status) => status === 'paused',
    undo: 'pause',
  },
  retry: {
    label: 'Retry',
    done: 'started again',
    Icon: IconRefresh,
    fits: (status) => status === 'failed' || status === 'cancelled',
    undo: 'cancel',
  },
  cancel: {
    label: 'Cancel',
    done: 'cancelled',
    Icon: IconX,
    fits: (status) => !isFinalStatus(status),
    undo: null,
  },
  delete: { label: 'Delete', done: 'deleted', Icon: IconTrash, fits: () => true, undo: null },
};

export const ACTION_NAMES: readonly DownloadAction[] = ['pause', 'resume', 'retry', 'cancel', 'delete'];

/** The one thing that is most likely wanted of a download; null where that is its file. */
export function mainAction(status: DownloadStatus): Exclude<DownloadAction, 'cancel' | 'delete'> | null {
  if (DOWNLOAD_ACTIONS.pause.fits(status)) return 'pause';
  if (status === 'paused') return 'resume';
  return DOWNLOAD_ACTIONS.retry.fits(status) ? 'retry' : null;
}

/** What would be lost, in the words of the question before it. */
export function describeLoss(action: DownloadAction, downloads: readonly Download[]): string {
  const begun = downloads.filter((row) => !isFinalStatus(row.status) && row.downloaded_bytes > 0).length;
  const finished = downloads.filter((row) => row.status === 'completed').length;
  const parts = [
    begun > 0
      ? `What has arrived of ${begun === 1 ? 'one that is' : `${begun} that are`} under way is thrown away.`
      : '',
    action === 'delete' && finished > 0
      ? `${finished === 1 ? 'One of them has' : `${finished} of them have`} finished and will leave the list.`
      : '',
  ];
  return parts.filter((part) => part !== '').join(' ') || 'This cannot be taken back.';
}
