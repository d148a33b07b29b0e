import { Button } from '@mantine/core';
import { IconAlertTriangle } from '@tabler/icons-react';
import { type ErrorComponentProps, useRouter } from '@tanstack/react-router';
import { PageMessage } from './page-message.tsx';
import { usePageTitle } from './use-page-title.ts';

/** One page broke, or its code could not be loaded. The rest of the frame stays usable around it. */
export function RouteError({ error, reset }: ErrorComponentProps) {
  const router = useRouter();
  usePageTitle('Error');

  function retry() {
    reset();
    void router.invalidate();
  }

  return (
    <PageMessage
      Icon={IconAlertTriangle}
      title="This page could not be shown"
      detail={`Downloads go on meanwhile. What went wrong: ${error instanceof Error ? error.message : String(error)}`}
      heading="h1"
      role="alert"
    >
      <Button variant="light" onClick={retry}>
        Try again
      </Button>
    </PageMessage>
  );
}
