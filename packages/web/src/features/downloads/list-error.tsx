import { Button } from '@mantine/core';
import { IconCloudOff } from '@tabler/icons-react';
import { PageMessage } from '../shell/page-message.tsx';

interface ListErrorProps {
  /** What it is that failed to come. */
  what?: string;
  error: Error;
  onRetry: () => void;
}

export function ListError({ what = 'downloads', error, onRetry }: ListErrorProps) {
  return (
    <div data-testid="list-error">
      <PageMessage
        Icon={IconCloudOff}
        title={`The ${what} could not be loaded`}
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
