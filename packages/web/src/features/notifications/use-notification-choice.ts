import { useLocalStorage } from '@mantine/hooks';
import { useSyncExternalStore } from 'react';

export interface NotificationChoice {
  /** `unsupported` where the browser has none, or only for what is served securely. */
  state: 'on' | 'off' | 'denied' | 'unsupported';
  /** Asks the browser for its permission, if it has to: only ever because somebody pressed a button. */
  toggle: () => void;
}

const listeners = new Set<() => void>();

/** Whether this browser is to notify. The same for all who ask, in whichever place it is changed. */
export function useNotificationChoice(): NotificationChoice {
  const [wanted, setWanted] = useLocalStorage({ key: 'hermes.notify', defaultValue: false });
  const permission = useSyncExternalStore(subscribe, readPermission);
  const isOn = wanted && permission === 'granted';

  async function toggle() {
    if (permission === null) return;
    const granted = permission === 'default' ? await Notification.requestPermission() : permission;
    for (const listener of [...listeners]) listener();
    setWanted(granted === 'granted' && !isOn);
  }

  const state = permission === null ? 'unsupported' : permission === 'denied' ? 'denied' : isOn ? 'on' : 'off';
  return { state, toggle: () => void toggle() };
}

function readPermission(): NotificationPermission | null {
  return 'Notification' in window ? Notification.permission : null;
}

function subscribe(listener: () => void): () => void {
  listeners.add(listener);
  return () => listeners.delete(listener);
}
