import { useStreamEvents } from '@hermes/react';
import { useLocalStorage } from '@mantine/hooks';
import { useState } from 'react';
import { trackedDownloads } from '../tracking/tracked-downloads.ts';
import { endNotice } from './end-notice.ts';

export interface EndNotifications {
  /** `unsupported` where the browser has none, or only for what is served securely. */
  state: 'on' | 'off' | 'denied' | 'unsupported';
  /** Asks the browser for its permission, if it has to: only ever because somebody pressed a button. */
  toggle: () => void;
}

/** Desktop notifications when something ends that was added from this browser, unless somebody is looking anyway. */
export function useEndNotifications(): EndNotifications {
  const [wanted, setWanted] = useLocalStorage({ key: 'hermes.notify', defaultValue: false });
  const [permission, setPermission] = useState(() => ('Notification' in window ? Notification.permission : null));
  const isOn = wanted && permission === 'granted';

  useStreamEvents((event) => {
    if (!isOn || event.event !== 'download_status' || document.hasFocus()) return;
    const { previous_status: previous, ...download } = event.data;
    const id = download.download_id;
    if (!trackedDownloads.get().includes(id)) return;
    const notice = endNotice(download, previous);
    // By its tag several tabs show one between them.
    if (notice !== null) show(notice.title, { body: notice.body, tag: id, icon: '/favicon.svg' });
  });

  async function toggle() {
    if (permission === null) return;
    const granted = permission === 'default' ? await Notification.requestPermission() : permission;
    setPermission(granted);
    setWanted(granted === 'granted' && !isOn);
  }

  const state = permission === null ? 'unsupported' : permission === 'denied' ? 'denied' : isOn ? 'on' : 'off';
  return { state, toggle: () => void toggle() };
}

function show(title: string, options: NotificationOptions): void {
  try {
    const notification = new Notification(title, options);
    notification.onclick = () => window.focus();
  } catch {
    // Browsers of phones have the constructor and refuse it.
  }
}
