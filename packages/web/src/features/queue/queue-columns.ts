import { DOWNLOAD_STATUSES, type Download } from '@hermes/contracts';
import {
  createColumnHelper,
  createSortedRowModel,
  type Row,
  rowSelectionFeature,
  rowSortingFeature,
  type SortingState,
  tableFeatures,
} from '@tanstack/react-table';
import { downloadName } from '../downloads/download-name.ts';

export const queueFeatures = tableFeatures({
  rowSortingFeature,
  rowSelectionFeature,
  sortedRowModel: createSortedRowModel(),
});

export type QueueTableRow = Row<typeof queueFeatures, Download>;

const column = createColumnHelper<typeof queueFeatures, Download>();
const collator = new Intl.Collator(undefined, { numeric: true, sensitivity: 'base' });

/** What is not known yet comes last, whichever way the rest is sorted: the table turns the order round for `desc`. */
function byValue(a: QueueTableRow, b: QueueTableRow, columnId: string): number {
  const one = a.getValue<string | number | undefined>(columnId);
  const other = b.getValue<string | number | undefined>(columnId);
  if (typeof one === 'string' && typeof other === 'string') return collator.compare(one, other);
  return Number(one) - Number(other);
}

const shared = { sortFn: byValue, sortUndefined: 'last' } as const;

/** The columns that can be sorted by. How a row is drawn is the row's own business. */
export const queueColumns = column.columns([
  column.accessor(downloadName, { id: 'name', header: 'Name', ...shared }),
  column.accessor((row) => row.progress ?? undefined, { id: 'progress', header: 'Progress', ...shared }),
  column.accessor((row) => row.total_bytes ?? row.result?.size, { id: 'size', header: 'Size', ...shared }),
  column.accessor((row) => row.download_speed ?? undefined, { id: 'speed', header: 'Speed', ...shared }),
  column.accessor((row) => Date.parse(row.completed_at ?? row.created_at), { id: 'time', header: 'Time', ...shared }),
  column.accessor((row) => row.priority, { id: 'priority', header: 'Priority', ...shared }),
  column.accessor((row) => DOWNLOAD_STATUSES.indexOf(row.status), { id: 'status', header: 'Status', ...shared }),
]);

/** Whether the order is one of numbers that the stream moves on from moment to moment. */
export function sortsByProgress(sorting: SortingState): boolean {
  return sorting.some(({ id }) => id === 'progress' || id === 'speed');
}
