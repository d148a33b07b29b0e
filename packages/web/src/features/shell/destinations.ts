import { IconArrowsDown, IconChartBar, IconDatabase, IconHistory, IconList } from '@tabler/icons-react';

/** Where the navigation leads, in its order. `shortcut` follows a `g`. */
export const DESTINATIONS = [
  { to: '/', label: 'Downloads', Icon: IconArrowsDown, shortcut: 'd' },
  { to: '/queue', label: 'Queue', Icon: IconList, shortcut: 'q' },
  { to: '/history', label: 'History', Icon: IconHistory, shortcut: 'h' },
  { to: '/analytics', label: 'Analytics', Icon: IconChartBar, shortcut: 'a' },
  { to: '/storage', label: 'Storage', Icon: IconDatabase, shortcut: 's' },
] as const;
