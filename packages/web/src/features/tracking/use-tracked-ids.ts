import { useSyncExternalStore } from 'react';
import { trackedDownloads } from './tracked-downloads.ts';

export function useTrackedIds(): readonly string[] {
  return useSyncExternalStore(trackedDownloads.subscribe, trackedDownloads.get);
}
