import { Button } from '@mantine/core';
import { IconRefresh } from '@tabler/icons-react';

interface SettleButtonProps {
  arrivals: number;
  strays: number;
  onSettle: () => void;
}

/** What has changed about the list while its rows stood still. */
export function SettleButton({ arrivals, strays, onSettle }: SettleButtonProps) {
  if (arrivals + strays === 0) return null;
  const parts = [arrivals > 0 ? `${arrivals} new` : '', strays > 0 ? `${strays} moved on` : ''];
  return (
    <Button
      className="queue-settle"
      size="compact-md"
      radius="xl"
      leftSection={<IconRefresh size={16} stroke={1.75} aria-hidden="true" />}
      onClick={onSettle}
      data-testid="queue-settle"
    >
      {parts.filter((part) => part !== '').join(', ')}: update the list
    </Button>
  );
}
