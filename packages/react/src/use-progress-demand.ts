import { useDemand } from './use-demand.ts';
import type { StreamedQueryOptions } from './use-streamed-query.ts';

/**
 * Has the shared stream carry the progress of these downloads while it is mounted: of the rows of a long list that can be
 * seen, whose data another hook holds that asks for no progress itself (`progressOf: []`). A row that comes into view is
 * up to date within a second.
 *
 * Every change of what all hooks want may make the stream come back with its place in the log, once a second at most. So
 * name some rows more than can be seen, and others only when those that can be seen are not among them any more.
 *
 * @param ids null: everybody's
 */
export function useProgressDemand(ids: readonly string[] | null, { intervalMs }: StreamedQueryOptions = {}): void {
  useDemand({ topics: ['downloads'], intervalMs, progressOf: ids });
}
