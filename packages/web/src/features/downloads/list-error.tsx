import { Button } from '@mantine/core';
import { IconCloudOff } from '@tabler/icons-react';
import { PageMessage } from '../shell/page-message.tsx';

interface ListErrorProps {
  error: Error;
  onRetry: () => void;
}

export function ListError({ error, onRetry }: ListErrorProps) {
  return (
    <div data-testid="list-error">
      <PageMessage
        Icon={IconCloudOff}
        title="The downloads could not be loaded"
        detail={`${error.message}. What is being downloaded goes on meanwhile.`}
        role="alert"
      >
        <Button variant="light" onClick={onRetry}>
          Try again
        </Button>
      </PageMessage>
    </div>
  );
}
