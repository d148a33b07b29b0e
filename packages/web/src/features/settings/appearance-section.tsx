import { type MantineColorScheme, useMantineColorScheme } from '@mantine/core';
import { useNotificationChoice } from '../notifications/use-notification-choice.ts';

const SCHEMES: readonly { value: MantineColorScheme; label: string }[] = [
  { value: 'auto', label: 'As the system' },
  { value: 'light', label: 'Light' },
  { value: 'dark', label: 'Dark' },
];

const NOTIFICATION_STATES = {
  on: 'You are told when something ends that was added from this browser, unless you are looking at the page.',
  off: 'Be told when something ends that was added from this browser.',
  denied: 'The browser refuses notifications for this site. Allow them in its settings first.',
  unsupported: 'This browser has no notifications here: they need HTTPS, or localhost.',
} as const;

/** Of this browser alone. */
export function AppearanceSection() {
  const { colorScheme, setColorScheme } = useMantineColorScheme();
  const { state, toggle } = useNotificationChoice();
  return (
    <section className="settings-section" aria-labelledby="browser-title">
      <h2 id="browser-title">This browser</h2>
      <fieldset className="settings-choices">
        <legend>Colours</legend>
        {SCHEMES.map(({ value, label }) => (
          <label key={value}>
            <input
              type="radio"
              name="colours"
              value={value}
              checked={colorScheme === value}
              onChange={() => setColorScheme(value)}
              data-testid={`colours-${value}`}
            />
            {label}
          </label>
        ))}
      </fieldset>
      <label className="settings-switch">
        <input
          type="checkbox"
          checked={state === 'on'}
          disabled={state === 'denied' || state === 'unsupported'}
          onChange={toggle}
          aria-describedby="notifications-detail"
          data-testid="notifications-switch"
        />
        Desktop notifications
      </label>
      <p id="notifications-detail" className="settings-detail">
        {NOTIFICATION_STATES[state]}
      </p>
    </section>
  );
}
