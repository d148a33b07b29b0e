import type { PublicConfig } from '@hermes/contracts';
import { HermesProvider, useHermesApi } from '@hermes/react';
import { MantineProvider } from '@mantine/core';
import { Notifications, notifications } from '@mantine/notifications';
import { QueryClientProvider, useQueryClient } from '@tanstack/react-query';
import { useEffect, useState } from 'react';
import { createQueryClient } from './create-query-client.ts';
import { LoginPage } from './features/auth/login-page.tsx';
import { LOGIN_PATH, pathAfterLogin } from './features/auth/unauthenticated.ts';
import { isInRollout } from './features/connection/rollout.ts';
import { usePublicConfig } from './features/connection/use-public-config.ts';
import { Dashboard } from './features/dashboard/dashboard.tsx';
import { FullPageMessage } from './features/shell/full-page-message.tsx';
import { navigate, usePath } from './navigation.ts';
import { cssVariablesResolver, theme } from './theme.ts';

interface AppProps {
  baseUrl: string;
  /** What the build says; the server has a say of its own in `GET /config`. */
  sseEnabled: boolean;
  loginCode: string | null;
}

export function App(props: AppProps) {
  const [queryClient] = useState(createQueryClient);
  return (
    <MantineProvider theme={theme} cssVariablesResolver={cssVariablesResolver} defaultColorScheme="auto">
      <Notifications position="bottom-right" />
      <QueryClientProvider client={queryClient}>
        <Configured {...props} />
      </QueryClientProvider>
    </MantineProvider>
  );
}

function Configured({ baseUrl, sseEnabled, loginCode: givenCode }: AppProps) {
  const config = usePublicConfig(baseUrl);
  const [session, setSession] = useState(0);
  // Good for one session: whoever comes to the log-in again is not to be told that their link was used.
  const [loginCode, setLoginCode] = useState(givenCode);

  function beginSession() {
    setLoginCode(null);
    setSession((count) => count + 1);
  }

  if (config.data === undefined) {
    // Not by the error: a query without data forgets it as soon as it tries again.
    if (config.errorUpdateCount === 0) return null;
    return (
      <FullPageMessage
        title="Hermes cannot be reached"
        detail="Check that it is running and that this address is the right one. This page goes on trying."
        onRetry={() => void config.refetch()}
      />
    );
  }

  const { sse_enabled, sse_rollout_percent } = config.data;
  return (
    // Another session is another provider: the stream of the one before was opened with its cookie.
    <HermesProvider
      key={session}
      baseUrl={baseUrl}
      sseEnabled={sseEnabled && sse_enabled && isInRollout(sse_rollout_percent, localStorage)}
    >
      <Pages config={config.data} loginCode={loginCode} onSession={beginSession} />
    </HermesProvider>
  );
}

interface PagesProps {
  config: PublicConfig;
  loginCode: string | null;
  onSession: () => void;
}

function Pages({ config, loginCode, onSession }: PagesProps) {
  const path = usePath();
  const api = useHermesApi();
  const queryClient = useQueryClient();
  const atLogin = path === LOGIN_PATH && config.auth_required;

  useEffect(() => {
    if (path === LOGIN_PATH && !config.auth_required) navigate('/', { replace: true });
  }, [path, config.auth_required]);

  function forgetLists() {
    queryClient.removeQueries({ predicate: ({ queryKey }) => queryKey[0] !== 'config' });
    onSession();
  }

  if (atLogin) {
    return (
      <LoginPage
        code={loginCode}
        onLoggedIn={() => {
          navigate(pathAfterLogin(window.location.search), { replace: true });
          forgetLists();
        }}
      />
    );
  }

  async function logOut() {
    try {
      await api.logout();
      navigate(LOGIN_PATH);
      forgetLists();
    } catch {
      notifications.show({ color: 'red', title: 'Still logged in', message: 'The server did not answer. Try again.' });
    }
  }
  return <Dashboard onLogOut={config.auth_required ? () => void logOut() : undefined} />;
}
