import { type HermesApi, useHermesApi } from '@hermes/react';
import { Button } from '@mantine/core';
import { notifications } from '@mantine/notifications';
import { useMutation, useQueryClient } from '@tanstack/react-query';
import { type FormEvent, useState } from 'react';
import { useSession } from '../auth/session.ts';

/** Event streams on or off, and for how many browsers: for everybody, at once, until it is changed again. */
export function LiveUpdatesSection() {
  const api = useHermesApi();
  const client = useQueryClient();
  const { config } = useSession();
  const [typed, setTyped] = useState<string | null>(null);
  const change = useMutation({
    mutationFn: (wanted: Parameters<HermesApi['changeConfig']>[0]) => api.changeConfig(wanted),
    onSuccess: (inForce) => {
      setTyped(null);
      client.setQueryData(['config'], inForce);
    },
    onError: (error) => notifications.show({ color: 'red', title: 'It could not be switched', message: error.message }),
  });
  const percent = typed ?? String(config.sse_rollout_percent);

  function setPercent(event: FormEvent) {
    event.preventDefault();
    change.mutate({ sse_rollout_percent: Number(percent) });
  }

  return (
    <section className="settings-section" aria-labelledby="live-title" data-testid="live-section">
      <h2 id="live-title">Live updates for everybody</h2>
      <label className="settings-switch">
        <input
          type="checkbox"
          checked={config.sse_enabled}
          disabled={change.isPending}
          onChange={(event) => change.mutate({ sse_enabled: event.currentTarget.checked })}
          aria-describedby="live-detail"
          data-testid="sse-switch"
        />
        Event streams
      </label>
      <p id="live-detail" className="settings-detail">
        Off, open streams end at once and every page refreshes every few seconds instead.
      </p>
      <form className="settings-rollout" onSubmit={setPercent}>
        <label htmlFor="rollout">Browsers of a hundred that use them</label>
        <input
          id="rollout"
          type="number"
          min={0}
          max={100}
          step={1}
          required
          value={percent}
          onChange={(event) => setTyped(event.currentTarget.value)}
          data-testid="rollout-input"
        />
        <Button
          type="submit"
          variant="default"
          loading={change.isPending}
          disabled={typed === null || typed === String(config.sse_rollout_percent)}
          data-testid="rollout-button"
        >
          Set
        </Button>
        <Button
          variant="subtle"
          color="gray"
          disabled={change.isPending}
          onClick={() => change.mutate({ sse_enabled: null, sse_rollout_percent: null })}
          data-testid="config-reset"
        >
          As the server was started
        </Button>
      </form>
    </section>
  );
}
