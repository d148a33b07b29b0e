import { type StreamEvent, useStreamEvents } from '@hermes/react';
import { useEffect, useState } from 'react';
import { NOBODY } from '../downloads/progress-window.ts';
import { trackedDownloads } from '../tracking/tracked-downloads.ts';
import { type EndNotice, endNotice } from './end-notice.ts';
import { UntoldEnds } from './untold-ends.ts';
import { type NotificationChoice, useNotificationChoice } from './use-notification-choice.ts';

/** Desktop notifications when something ends that was added from this browser, unless somebody is looking anyway. */
export function useEndNotifications(): NotificationChoice {
  const choice = useNotificationChoice();
  const [untold] = useState(() => new UntoldEnds());

  const tell = (event: StreamEvent) => {
    if (choice.state !== 'on' || event.event !== 'download_status' || document.hasFocus()) return;
    const { previous_status: previous, ...download } = event.data;
    const notice = endNotice(download, previous);
    if (notice === null) return;
    untold.keep(download.download_id, notice);
    showOwn(untold);
  };
  useStreamEvents(tell, { progressOf: NOBODY });
  useEffect(() => trackedDownloads.subscribe(() => showOwn(untold)), [untold]);
  return choice;
}

function showOwn(untold: UntoldEnds): void {
  for (const [id, notice] of untold.take(trackedDownloads.get())) show(id, notice);
}

function show(id: string, { title, body }: EndNotice): void {
  try {
    // By its tag several tabs show one between them.
    const notification = new Notification(title, { body, tag: id, icon: '/favicon.svg' });
    notification.onclick = () => window.focus();
  } catch {
    // Browsers of phones have the constructor and refuse it.
  }
}
