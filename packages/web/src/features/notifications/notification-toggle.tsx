import { ActionIcon } from '@mantine/core';
import { IconBell, IconBellOff, IconBellRinging } from '@tabler/icons-react';
import { useEndNotifications } from './use-end-notifications.ts';
import type { NotificationChoice } from './use-notification-choice.ts';

const LOOKS: Record<Exclude<NotificationChoice['state'], 'unsupported'>, { label: string; Icon: typeof IconBell }> = {
  on: { label: 'Notifications when a download ends: on', Icon: IconBellRinging },
  off: { label: 'Notify me when a download ends', Icon: IconBell },
  denied: { label: 'The browser refuses notifications for this site', Icon: IconBellOff },
};

export function NotificationToggle() {
  const { state, toggle } = useEndNotifications();
  if (state === 'unsupported') return null;
  const { label, Icon } = LOOKS[state];
  return (
    <ActionIcon
      data-hint={label}
      className="header-action header-bell"
      variant="subtle"
      color="gray"
      aria-label={label}
      aria-pressed={state === 'on'}
      // Not disabled: what cannot be pressed cannot tell why either.
      aria-disabled={state === 'denied'}
      onClick={toggle}
      data-testid="notification-toggle"
    >
      <Icon size={18} stroke={1.75} />
    </ActionIcon>
  );
}
