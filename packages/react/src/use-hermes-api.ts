import type { HermesApi } from '@hermes/client';
import { useHermes } from './hermes-context.ts';

/** The typed REST client of the provider above. */
export function useHermesApi(): HermesApi {
  return useHermes().api;
}
