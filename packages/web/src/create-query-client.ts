import { MutationCache, notifyManager, QueryCache, QueryClient } from '@tanstack/react-query';
import { leadToLogin } from './features/auth/unauthenticated.ts';

// What the stream brings is written right before a frame is painted: with the usual timer it would be shown by the next one.
notifyManager.setScheduler(queueMicrotask);

const MAX_RETRIES = 2;

/** Whatever is asked or sent through it: a 401 leads to the log-in. */
export function createQueryClient(): QueryClient {
  return new QueryClient({
    queryCache: new QueryCache({ onError: leadToLogin }),
    mutationCache: new MutationCache({ onError: leadToLogin }),
    defaultOptions: {
      queries: { retry: (failures, error) => failures < MAX_RETRIES && !isRefusal(error) },
    },
  });
}

/** The server has understood and said no: the same again brings the same answer. */
function isRefusal(error: Error): boolean {
  return 'status' in error && typeof error.status === 'number' && error.status >= 400 && error.status < 500;
}
