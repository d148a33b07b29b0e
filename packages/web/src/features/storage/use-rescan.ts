import type { StorageScan } from '@hermes/contracts';
import { useHermesApi } from '@hermes/react';
import { notifications } from '@mantine/notifications';
import { useMutation, useQuery, useQueryClient } from '@tanstack/react-query';

const SCAN_KEY = ['storage', 'scan'] as const;
/** While it runs; no stream tells how far it is. */
const RUNNING_MS = 1000;

/** The walk over the downloads: how it stands, and a way to ask for another. @param generatedAt of what is shown: newer, the scan has ended. */
export function useRescan(generatedAt: string | undefined) {
  const api = useHermesApi();
  const client = useQueryClient();
  const { data: scan } = useQuery({
    queryKey: [...SCAN_KEY, generatedAt ?? null],
    queryFn: ({ signal }) => api.getStorageScan({ signal }),
    refetchInterval: ({ state }) => (state.data?.status === 'running' ? RUNNING_MS : false),
    placeholderData: (before) => before,
  });
  const { mutate: rescan, isPending } = useMutation<StorageScan>({
    mutationFn: () => api.rescanStorage(),
    onSuccess: (begun) => client.setQueryData([...SCAN_KEY, generatedAt ?? null], begun),
    onError: (error) =>
      notifications.show({ color: 'red', title: 'It could not be counted again', message: error.message }),
  });
  return { scan, isRunning: isPending || scan?.status === 'running', rescan: () => rescan() };
}
