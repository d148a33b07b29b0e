import { type CreateApiKeyResponse, PERMISSIONS, type Permission } from '@hermes/contracts';
import { HermesApiError, useHermesApi } from '@hermes/react';
import { Button } from '@mantine/core';
import { useMutation } from '@tanstack/react-query';
import { type FormEvent, useState } from 'react';

const MEANINGS: Record<Permission, string> = {
  read: 'see downloads, statistics and streams',
  write: 'add and steer downloads',
  download: 'fetch finished files',
  admin: 'everything, keys too',
};

const DAY_MS = 86_400_000;
const LIFETIMES = [
  { days: 7, label: 'in a week' },
  { days: 30, label: 'in 30 days' },
  { days: 90, label: 'in 90 days' },
  { days: 365, label: 'in a year' },
  { days: 0, label: 'never' },
] as const;

interface CreateKeyFormProps {
  onMade: (key: CreateApiKeyResponse) => void;
}

export function CreateKeyForm({ onMade }: CreateKeyFormProps) {
  const api = useHermesApi();
  const [name, setName] = useState('');
  const [permissions, setPermissions] = useState<readonly Permission[]>(['read']);
  const [days, setDays] = useState(90);
  const create = useMutation({
    mutationFn: () =>
      api.createApiKey({
        name: name.trim(),
        permissions: [...permissions],
        expires_at: days === 0 ? null : new Date(Date.now() + days * DAY_MS).toISOString(),
      }),
    onSuccess: (made) => {
      setName('');
      onMade(made);
    },
  });

  function submit(event: FormEvent) {
    event.preventDefault();
    create.mutate();
  }
  function toggle(permission: Permission) {
    setPermissions((held) => PERMISSIONS.filter((one) => held.includes(one) !== (one === permission)));
  }

  return (
    <form className="create-key" onSubmit={submit}>
      <label>
        <span>Name of a new key</span>
        <input
          type="text"
          required
          maxLength={100}
          placeholder="what it is for"
          value={name}
          onChange={(event) => setName(event.currentTarget.value)}
          data-testid="key-name"
        />
      </label>
      <label>
        <span>It ends</span>
        <select value={days} onChange={(event) => setDays(Number(event.currentTarget.value))} data-testid="key-expiry">
          {LIFETIMES.map((lifetime) => (
            <option key={lifetime.days} value={lifetime.days}>
              {lifetime.label}
            </option>
          ))}
        </select>
      </label>
      <fieldset>
        <legend>It may</legend>
        {PERMISSIONS.map((permission) => (
          <label key={permission}>
            <input
              type="checkbox"
              checked={permissions.includes(permission)}
              onChange={() => toggle(permission)}
              data-testid={`permission-${permission}`}
            />
            <span>
              {permission} <small>{MEANINGS[permission]}</small>
            </span>
          </label>
        ))}
      </fieldset>
      {create.error !== null && (
        <p className="create-key-error" role="alert">
          {describe(create.error)}
        </p>
      )}
      <Button
        type="submit"
        loading={create.isPending}
        disabled={name.trim() === '' || permissions.length === 0}
        data-testid="key-create"
      >
        Make the key
      </Button>
    </form>
  );
}

/** What was wrong, by its field where the server says so. */
function describe(error: Error): string {
  const params = error instanceof HermesApiError ? error.invalidParams : [];
  return params.length === 0 ? error.message : params.map(({ field, message }) => `${field}: ${message}`).join('; ');
}
