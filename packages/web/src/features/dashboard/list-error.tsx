import { Button } from '@mantine/core';
import { IconCloudOff } from '@tabler/icons-react';

interface ListErrorProps {
  error: Error;
  onRetry: () => void;
}

export function ListError({ error, onRetry }: ListErrorProps) {
  return (
    <div className="empty-state" role="alert" data-testid="list-error">
      <IconCloudOff size={40} stroke={1.5} aria-hidden="true" />
      <h2>The downloads could not be loaded</h2>
      <p>{error.message}. What is being downloaded goes on meanwhile.</p>
      <Button variant="light" onClick={onRetry}>
        Try again
      </Button>
    </div>
  );
}
