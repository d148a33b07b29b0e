import type { Counts } from '@hermes/contracts';
import { useState } from 'react';

/** Each active download is some 3 KB a minute, and about so many rows fit on a screen. */
const MANY = 24;
/** Fewer than `MANY`, so that one that ends and one that begins do not make the stream change over each time. */
const FEW = 16;

/**
 * Whether the stream should carry the progress of the visible rows alone. Where few downloads run it need not be told which
 * rows those are, and nobody who scrolls has to wait for anything.
 */
export function useNarrowProgress(counts: Counts | null): boolean {
  const active = counts === null ? 0 : counts.downloading + counts.processing;
  const [wasNarrow, setWasNarrow] = useState(false);
  const isNarrow = active > (wasNarrow ? FEW : MANY);
  if (isNarrow !== wasNarrow) setWasNarrow(isNarrow);
  return isNarrow;
}
