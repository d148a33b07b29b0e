import type { PolledRoute } from './polling-page.ts';

/** The routes and rates of the app before there were streams. @param ids the downloads that it showed */
export function formerRoutes(ids: readonly string[]): PolledRoute[] {
  return [
    ...ids.map((id) => ({ path: `/download/${id}`, intervalMs: 2000 })),
    { path: `/download/queue?limit=${Math.min(100, Math.max(20, ids.length))}`, intervalMs: 2000 },
    { path: '/stats?period=week', intervalMs: 30_000 },
    { path: '/timeline?period=week', intervalMs: 30_000 },
    { path: '/timeline/summary?period=week', intervalMs: 30_000 },
    { path: '/health', intervalMs: 30_000 },
    { path: '/storage', intervalMs: 60_000 },
    { path: '/auth/api-keys', intervalMs: 60_000 },
  ];
}
