import { type StreamEvent, useStreamEvents } from '@hermes/react';
import { NOBODY } from '../downloads/progress-window.ts';
import { trackedDownloads } from '../tracking/tracked-downloads.ts';
import { endNotice } from './end-notice.ts';
import { type NotificationChoice, useNotificationChoice } from './use-notification-choice.ts';

/** Desktop notifications when something ends that was added from this browser, unless somebody is looking anyway. */
export function useEndNotifications(): NotificationChoice {
  const choice = useNotificationChoice();

  const tell = (event: StreamEvent) => {
    if (choice.state !== 'on' || event.event !== 'download_status' || document.hasFocus()) return;
    const { previous_status: previous, ...download } = event.data;
    const id = download.download_id;
    if (!trackedDownloads.get().includes(id)) return;
    const notice = endNotice(download, previous);
    // By its tag several tabs show one between them.
    if (notice !== null) show(notice.title, { body: notice.body, tag: id, icon: '/favicon.svg' });
  };
  useStreamEvents(tell, { progressOf: NOBODY });
  return choice;
}

function show(title: string, options: NotificationOptions): void {
  try {
    const notification = new Notification(title, options);
    notification.onclick = () => window.focus();
  } catch {
    // Browsers of phones have the constructor and refuse it.
  }
}
