import { HermesApiError, useApiKeys } from '@hermes/react';

/** Whether whoever is logged in may do everything: they alone are shown the keys. null until it is known. */
export function useIsAdmin(): boolean | null {
  const { data, error } = useApiKeys();
  if (data !== undefined) return true;
  return error instanceof HermesApiError && error.status === 403 ? false : null;
}
