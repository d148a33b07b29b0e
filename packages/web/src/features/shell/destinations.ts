import { IconArrowsDown } from '@tabler/icons-react';

/** Where the navigation leads, in its order. `shortcut` follows a `g`. */
export const DESTINATIONS = [{ to: '/', label: 'Downloads', Icon: IconArrowsDown, shortcut: 'd' }] as const;
