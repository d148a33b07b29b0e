import type { Download } from '@hermes/contracts';
import { DOWNLOAD_ACTIONS, type DownloadAction } from '../downloads/download-actions.ts';
import { useShortcuts } from '../shell/use-shortcuts.ts';

interface QueueKeys {
  /** The ids as they are shown. */
  order: readonly string[];
  cursor: string | null;
  onMove: (id: string, index: number) => void;
  onToggle: (id: string) => void;
  onExtend: (id: string) => void;
  onOpen: (id: string) => void;
  onAll: () => void;
  onClear: () => void;
  onSearch: () => void;
  /** What keys act on: what is chosen, else the row that the keyboard is at. */
  targets: () => readonly Download[];
  onAction: (action: DownloadAction, targets: readonly Download[]) => void;
  onPriority: (change: number, targets: readonly Download[]) => void;
}

const PRIORITY_STEP = 10;
const PAGE_ROWS = 10;

export function useQueueKeys(keys: QueueKeys): void {
  const { order, cursor, targets, onAction } = keys;

  function move(by: number, extend = false) {
    const at = cursor === null ? -1 : order.indexOf(cursor);
    const index = Math.max(0, Math.min(order.length - 1, at < 0 ? 0 : at + by));
    const id = order[index];
    if (id === undefined) return;
    keys.onMove(id, index);
    if (!extend) return;
    if (cursor !== null) keys.onExtend(cursor);
    keys.onExtend(id);
  }
  const act = (action: DownloadAction) => () => {
    const rows = targets();
    if (rows.some((row) => DOWNLOAD_ACTIONS[action].fits(row.status))) onAction(action, rows);
  };
  const down = (event: KeyboardEvent) => move(1, event.shiftKey);
  const up = (event: KeyboardEvent) => move(-1, event.shiftKey);
  const toggle = () => cursor !== null && keys.onToggle(cursor);

  useShortcuts({
    j: down,
    arrowdown: down,
    k: up,
    arrowup: up,
    pagedown: () => move(PAGE_ROWS),
    pageup: () => move(-PAGE_ROWS),
    home: () => move(-order.length),
    end: () => move(order.length),
    x: toggle,
    ' ': toggle,
    enter: () => cursor !== null && keys.onOpen(cursor),
    '*': keys.onAll,
    escape: keys.onClear,
    '/': keys.onSearch,
    p: () => (targets().some((row) => DOWNLOAD_ACTIONS.pause.fits(row.status)) ? act('pause')() : act('resume')()),
    r: act('retry'),
    c: act('cancel'),
    delete: act('delete'),
    '+': () => keys.onPriority(PRIORITY_STEP, targets()),
    '-': () => keys.onPriority(-PRIORITY_STEP, targets()),
  });
}
