import type { Download } from '@hermes/contracts';
import { formatSpeed } from '../../format.ts';
import { useCalm } from '../downloads/use-calm.ts';
import { usePageTitle } from '../shell/use-page-title.ts';
import { useTotalSpeed } from './use-total-speed.ts';

/** For a glance; and to set a title costs as much as to draw all rows. Milliseconds. */
const TITLE_MS = 4000;

interface LiveTitleProps {
  /** How many there are, listed or not. */
  count: number;
  active: readonly Download[];
}

/** The title of the page says how fast it goes. It draws nothing, and the page is not drawn for it. */
export function LiveTitle({ count, active }: LiveTitleProps) {
  const speed = useTotalSpeed(active);
  usePageTitle(null, useCalm(count === 0 ? null : `↓ ${formatSpeed(speed)} · ${count} active`, TITLE_MS));
  return null;
}
