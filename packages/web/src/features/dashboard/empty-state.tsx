import { Button } from '@mantine/core';
import { IconPlus } from '@tabler/icons-react';
import { Logo } from '../shell/logo.tsx';

export function EmptyState({ onAdd }: { onAdd: () => void }) {
  return (
    <div className="empty-state" data-testid="empty-state">
      <Logo size={44} />
      <h2>Nothing to carry yet</h2>
      <p>Paste a link into the box above, or drop one anywhere on this page. You can watch it arrive here.</p>
      <Button variant="light" leftSection={<IconPlus size={16} />} onClick={onAdd}>
        Add a download
      </Button>
    </div>
  );
}
