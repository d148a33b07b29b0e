import type { HermesApi, ReadonlyConnection, StreamEvent } from '@hermes/client';
import { createContext, useContext } from 'react';
import type { CacheWriter } from './cache-writer.ts';
import type { SharedStream } from './shared-stream.ts';
import type { StreamInterval } from './stream-interval.ts';

/** What a provider gives to the hooks below it. */
export interface HermesContextValue {
  api: HermesApi;
  connection: ReadonlyConnection;
  shared: SharedStream;
  /** Everything that the shared stream says; answers how to stop that. */
  subscribe: (listener: (event: StreamEvent) => void) => () => void;
  writer: CacheWriter;
  sseEnabled: boolean;
  /** What hooks ask of the stream that do not say themselves. */
  intervalMs: StreamInterval;
}

export const HermesContext = createContext<HermesContextValue | null>(null);

export function useHermes(): HermesContextValue {
  const value = useContext(HermesContext);
  if (value === null) throw new Error('Hooks of @hermes/react need a <HermesProvider> above them');
  return value;
}
