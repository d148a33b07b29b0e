import { Button } from '@mantine/core';
import { IconMapQuestion } from '@tabler/icons-react';
import { Link } from '@tanstack/react-router';
import { PageMessage } from './page-message.tsx';
import { usePageTitle } from './use-page-title.ts';

export function NotFoundPage() {
  usePageTitle('Not found');
  return (
    <PageMessage
      Icon={IconMapQuestion}
      title="There is no such page"
      detail="The address may be mistyped, or the page has moved."
      heading="h1"
    >
      <Button variant="light" renderRoot={(props) => <Link to="/" {...props} />}>
        To the downloads
      </Button>
    </PageMessage>
  );
}
