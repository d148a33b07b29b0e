import { ActionIcon } from '@mantine/core';
import { IconRefresh } from '@tabler/icons-react';
import { useDownloadActions } from '../downloads/use-download-actions.ts';

export function RetryButton({ id, name }: { id: string; name: string }) {
  const { act, isPending } = useDownloadActions();
  return (
    <ActionIcon
      data-hint="Retry"
      className="retry-button"
      variant="subtle"
      color="gray"
      loading={isPending}
      onClick={() => act('retry', { ids: [id] })}
      aria-label={`Retry ${name}`}
      data-testid="retry-button"
    >
      <IconRefresh size={16} stroke={1.75} />
    </ActionIcon>
  );
}
