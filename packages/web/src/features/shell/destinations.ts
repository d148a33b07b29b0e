import { IconArrowsDown, IconList } from '@tabler/icons-react';

/** Where the navigation leads, in its order. `shortcut` follows a `g`. */
export const DESTINATIONS = [
  { to: '/', label: 'Downloads', Icon: IconArrowsDown, shortcut: 'd' },
  { to: '/queue', label: 'Queue', Icon: IconList, shortcut: 'q' },
] as const;
