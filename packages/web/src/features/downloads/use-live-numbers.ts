import { type Download, isActiveStatus } from '@hermes/contracts';
import { useEffect, useLayoutEffect, useState } from 'react';
import { LiveNumbers } from './live-numbers.ts';

/** What `LiveNumbers` writes, or nobody sees. */
const RUNNING: ReadonlySet<string> = new Set<keyof Download>([
  'seq',
  'progress',
  'downloaded_bytes',
  'total_bytes',
  'download_speed',
  'eta',
  'updated_at',
]);

/** Whether all that has changed is numbers that run: there is nothing to draw. */
export function isDrawnTheSame(a: Download, b: Download): boolean {
  if (a === b) return true;
  if (!isActiveStatus(a.status)) return false;
  // Whether to ask before it is thrown away depends on it.
  if (a.downloaded_bytes > 0 !== b.downloaded_bytes > 0) return false;
  const keys = Object.keys(a) as (keyof Download)[];
  return keys.every((key) => a[key] === b[key] || RUNNING.has(key));
}

/** Tells of each row what is new about it. */
interface Rows {
  get(id: string): Download | undefined;
  listen(id: string, listener: (row: Download) => void): () => void;
}

/**
 * What is to be drawn of a download, the same object while only its numbers run; and who writes those.
 *
 * @param rows whence the numbers come between one drawing and the next, if not with a drawing of their own
 */
export function useLiveNumbers(download: Download, rows?: Rows): { drawn: Download; numbers: LiveNumbers } {
  const numbers = useNumbers();
  const [held, hold] = useState(download);
  const drawn = isDrawnTheSame(held, download) ? held : download;
  if (drawn !== held) hold(drawn);
  // After the cells of what was drawn: they may be new.
  useLayoutEffect(() => numbers.show(rows?.get(download.download_id) ?? download), [numbers, rows, download]);
  useLayoutEffect(
    () => rows?.listen(download.download_id, (row) => numbers.show(row)),
    [numbers, rows, download.download_id],
  );
  return { drawn, numbers };
}

export function useNumbers(): LiveNumbers {
  const [numbers] = useState(() => new LiveNumbers());
  useEffect(() => () => numbers.dispose(), [numbers]);
  return numbers;
}
