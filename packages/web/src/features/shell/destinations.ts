import {
  IconActivityHeartbeat,
  IconArrowsDown,
  IconChartBar,
  IconDatabase,
  IconHistory,
  IconList,
  IconSettings,
} from '@tabler/icons-react';

/**
 * Where the navigation leads, in its order. `shortcut` follows a `g`. The bar of a phone has room for those that are
 * `primary`; it has the others behind one button.
 */
export const DESTINATIONS = [
  { to: '/', label: 'Downloads', Icon: IconArrowsDown, shortcut: 'd', primary: true },
  { to: '/queue', label: 'Queue', Icon: IconList, shortcut: 'q', primary: true },
  { to: '/history', label: 'History', Icon: IconHistory, shortcut: 'h', primary: true },
  { to: '/analytics', label: 'Analytics', Icon: IconChartBar, shortcut: 'a', primary: true },
  { to: '/storage', label: 'Storage', Icon: IconDatabase, shortcut: 's', primary: false },
  { to: '/inspector', label: 'Inspector', Icon: IconActivityHeartbeat, shortcut: 'i', primary: false },
  { to: '/settings', label: 'Settings', Icon: IconSettings, shortcut: ',', primary: false },
] as const;
