import { HermesProvider } from '@hermes/react';
import { MantineProvider } from '@mantine/core';
import { Notifications } from '@mantine/notifications';
import { QueryClientProvider, useQueryClient } from '@tanstack/react-query';
import { RouterProvider } from '@tanstack/react-router';
import { useMemo, useState } from 'react';
import { createQueryClient } from './create-query-client.ts';
import { SessionContext } from './features/auth/session.ts';
import { isInRollout } from './features/connection/rollout.ts';
import { usePublicConfig } from './features/connection/use-public-config.ts';
import { FullPageMessage } from './features/shell/full-page-message.tsx';
import { Hints } from './features/shell/hints.tsx';
import { router } from './routes/router.ts';
import { cssVariablesResolver, theme } from './theme.ts';

/**
 * Twice a second, all that has moved together, and just after it was measured: half of what four times a second takes in bytes
 * and drawing, and three times as often as pages of this kind ask. Facts still come at once.
 */
const STATE_INTERVAL_MS = 500;

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
      <Hints />
      <QueryClientProvider client={queryClient}>
        <Configured {...props} />
      </QueryClientProvider>
    </MantineProvider>
  );
}

function Configured({ baseUrl, sseEnabled, loginCode: givenCode }: AppProps) {
  const queryClient = useQueryClient();
  const config = usePublicConfig(baseUrl);
  const [sessionNumber, setSessionNumber] = useState(0);
  // Good for one session: whoever comes to the log-in again is not to be told that their link was used.
  const loginCode = sessionNumber === 0 ? givenCode : null;

  const session = useMemo(
    () =>
      config.data && {
        config: config.data,
        loginCode,
        renew: () => {
          queryClient.removeQueries({ predicate: ({ queryKey }) => queryKey[0] !== 'config' });
          setSessionNumber((count) => count + 1);
        },
      },
    [config.data, loginCode, queryClient],
  );

  if (session === undefined) {
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

  const { sse_enabled, sse_rollout_percent } = session.config;
  return (
    // Another session is another provider: the stream of the one before was opened with its cookie.
    <HermesProvider
      key={sessionNumber}
      baseUrl={baseUrl}
      intervalMs={STATE_INTERVAL_MS}
      sseEnabled={sseEnabled && sse_enabled && isInRollout(sse_rollout_percent, localStorage)}
    >
      <SessionContext value={session}>
        <RouterProvider router={router} />
      </SessionContext>
    </HermesProvider>
  );
}
