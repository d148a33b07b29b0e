import type { CreateApiKeyResponse } from '@hermes/contracts';
import { Button, CopyButton } from '@mantine/core';
import { IconCheck, IconCopy } from '@tabler/icons-react';
import { useEffect, useRef } from 'react';

interface NewKeyProps {
  made: CreateApiKeyResponse;
  onClose: () => void;
}

/** A key that has just been made. The server keeps none that it could show again. */
export function NewKey({ made, onClose }: NewKeyProps) {
  const box = useRef<HTMLDivElement>(null);
  // Where the form was is nothing to read; what matters now is here.
  useEffect(() => box.current?.focus(), []);
  return (
    <div ref={box} className="new-key" role="status" tabIndex={-1} data-testid="new-key">
      <strong>The key “{made.name}” is shown this once. Keep it now.</strong>
      <code data-testid="new-key-text">{made.key}</code>
      <div className="new-key-buttons">
        <CopyButton value={made.key}>
          {({ copied, copy }) => (
            <Button
              onClick={copy}
              leftSection={copied ? <IconCheck size={16} stroke={2} /> : <IconCopy size={16} stroke={1.75} />}
              data-testid="new-key-copy"
            >
              {copied ? 'Copied' : 'Copy'}
            </Button>
          )}
        </CopyButton>
        <Button variant="default" onClick={onClose}>
          I have kept it
        </Button>
      </div>
    </div>
  );
}
