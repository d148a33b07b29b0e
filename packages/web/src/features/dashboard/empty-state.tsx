import { Button } from '@mantine/core';
import { IconDownload, IconPlus } from '@tabler/icons-react';
import { PageMessage } from '../shell/page-message.tsx';

export function EmptyState({ onAdd }: { onAdd: () => void }) {
  return (
    <div data-testid="empty-state">
      <PageMessage
        Icon={IconDownload}
        title="Nothing to carry yet"
        detail="Paste a link into the box above, or drop one anywhere on this page. You can watch it arrive here."
      >
        <Button variant="light" leftSection={<IconPlus size={16} />} onClick={onAdd}>
          Add a download
        </Button>
      </PageMessage>
    </div>
  );
}
