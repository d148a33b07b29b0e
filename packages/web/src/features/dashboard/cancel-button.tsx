import type { Download } from '@hermes/contracts';
import { useHermesApi } from '@hermes/react';
import { ActionIcon, Button } from '@mantine/core';
import { notifications } from '@mantine/notifications';
import { IconX } from '@tabler/icons-react';
import { useMutation } from '@tanstack/react-query';
import { useEffect, useState } from 'react';

interface CancelButtonProps {
  id: Download['download_id'];
  name: string;
  /** Bytes would be thrown away: asks first, in place. */
  hasBytes: boolean;
}

/** How long the question stands before it takes itself back. */
const QUESTION_MS = 4000;

export function CancelButton({ id, name, hasBytes }: CancelButtonProps) {
  const api = useHermesApi();
  const [asking, setAsking] = useState(false);
  const cancel = useMutation({
    mutationFn: () => api.cancelDownload(id),
    onError: (error) =>
      notifications.show({ color: 'red', title: `“${name}” was not cancelled`, message: error.message }),
  });

  useEffect(() => {
    if (!asking) return;
    const timer = setTimeout(() => setAsking(false), QUESTION_MS);
    return () => clearTimeout(timer);
  }, [asking]);

  function confirm() {
    setAsking(false);
    cancel.mutate();
  }

  if (asking) {
    return (
      <Button
        className="cancel-question"
        size="compact-xs"
        color="red"
        variant="light"
        autoFocus
        onClick={confirm}
        onBlur={() => setAsking(false)}
        onKeyDown={(event) => event.key === 'Escape' && setAsking(false)}
        aria-label={`Really cancel ${name}`}
        data-testid="cancel-confirm"
      >
        Cancel?
      </Button>
    );
  }
  return (
    <ActionIcon
      data-hint="Cancel"
      className="cancel-button"
      variant="subtle"
      color="gray"
      loading={cancel.isPending}
      onClick={() => (hasBytes ? setAsking(true) : confirm())}
      aria-label={`Cancel ${name}`}
      data-testid="cancel-button"
    >
      <IconX size={16} stroke={1.75} />
    </ActionIcon>
  );
}
