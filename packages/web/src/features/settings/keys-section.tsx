import type { ApiKey, CreateApiKeyResponse } from '@hermes/contracts';
import { HermesApiError, queryKeys, useApiKeys, useHermesApi } from '@hermes/react';
import { Skeleton } from '@mantine/core';
import { notifications } from '@mantine/notifications';
import { useMutation, useQueryClient } from '@tanstack/react-query';
import { useState } from 'react';
import { ConfirmDialog, type Question } from '../downloads/confirm-dialog.tsx';
import { CreateKeyForm } from './create-key-form.tsx';
import { KeysTable } from './keys-table.tsx';
import { NewKey } from './new-key.tsx';

/** The keys that open this service: to see, to make, to take back. */
export function KeysSection() {
  const api = useHermesApi();
  const client = useQueryClient();
  const { data: keys, error, refetch } = useApiKeys();
  const [made, setMade] = useState<CreateApiKeyResponse | null>(null);
  const [question, setQuestion] = useState<Question | null>(null);
  const refresh = () => void client.invalidateQueries({ queryKey: queryKeys.apiKeys() });

  const revoke = useMutation({
    mutationFn: (id: string) => api.deleteApiKey(id),
    onSuccess: (_, id) => {
      if (made?.id === id) setMade(null);
      refresh();
    },
    onError: (failure) => notifications.show({ color: 'red', title: 'The key still works', message: failure.message }),
  });

  function askToRevoke(key: ApiKey) {
    setQuestion({
      title: `Revoke “${key.name}”?`,
      detail:
        'Whoever uses it is shut out at once: its streams end, its sessions are logged out. This cannot be taken back.',
      confirm: 'Revoke',
      onConfirm: () => revoke.mutate(key.id),
    });
  }

  return (
    <section className="settings-section" aria-labelledby="keys-title" data-testid="keys-section">
      <h2 id="keys-title">API keys</h2>
      {keys === undefined ? (
        <Nothing error={error} onRetry={() => void refetch()} />
      ) : (
        <>
          <KeysTable keys={keys} onRevoke={askToRevoke} />
          {made !== null && <NewKey made={made} onClose={() => setMade(null)} />}
          <CreateKeyForm
            onMade={(key) => {
              setMade(key);
              refresh();
            }}
          />
        </>
      )}
      <ConfirmDialog question={question} onClose={() => setQuestion(null)} />
    </section>
  );
}

function Nothing({ error, onRetry }: { error: Error | null; onRetry: () => void }) {
  if (error === null) return <Skeleton height={96} role="status" aria-label="Loading the keys" />;
  if (error instanceof HermesApiError && error.status === 403) {
    return <p className="settings-detail">Only a key with the permission “admin” may see and change keys.</p>;
  }
  return (
    <p className="settings-detail" role="alert">
      The keys could not be loaded: {error.message}.{' '}
      <button type="button" className="link-button" onClick={onRetry}>
        Try again
      </button>
    </p>
  );
}
