import { useHermesApi } from '@hermes/react';
import { notifications } from '@mantine/notifications';
import { browserHistory } from '../../browser-history.ts';
import { useSession } from './session.ts';
import { LOGIN_PATH } from './unauthenticated.ts';

/** @returns null where no log-in is needed. */
export function useLogOut(): (() => void) | null {
  const api = useHermesApi();
  const { config, renew } = useSession();

  async function logOut() {
    try {
      await api.logout();
      browserHistory.push(LOGIN_PATH);
      renew();
    } catch {
      notifications.show({ color: 'red', title: 'Still logged in', message: 'The server did not answer. Try again.' });
    }
  }
  return config.auth_required ? () => void logOut() : null;
}
