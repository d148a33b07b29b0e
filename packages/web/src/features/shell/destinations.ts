import { IconArrowsDown, IconHistory, IconList } from '@tabler/icons-react';

/** Where the navigation leads, in its order. `shortcut` follows a `g`. */
export const DESTINATIONS = [
  { to: '/', label: 'Downloads', Icon: IconArrowsDown, shortcut: 'd' },
  { to: '/queue', label: 'Queue', Icon: IconList, shortcut: 'q' },
  { to: '/history', label: 'History', Icon: IconHistory, shortcut: 'h' },
] as const;
