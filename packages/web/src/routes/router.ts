import { createRootRoute, createRoute, createRouter, lazyRouteComponent } from '@tanstack/react-router';
import { browserHistory } from '../browser-history.ts';
import { readAnalyticsSearch } from '../features/analytics/analytics-search.ts';
import { LOGIN_PATH } from '../features/auth/unauthenticated.ts';
import { Dashboard } from '../features/dashboard/dashboard.tsx';
import { readHistorySearch } from '../features/history/history-search.ts';
import { readQueueSearch } from '../features/queue/queue-search.ts';
import { NotFoundPage } from '../features/shell/not-found-page.tsx';
import { RouteError } from '../features/shell/route-error.tsx';
import { Shell } from '../features/shell/shell.tsx';

/*
 * A page is a route below `shell`, loaded when it is first opened, and, if it is to be found from everywhere, an entry in
 * features/shell/destinations.ts. The dashboard alone is part of the first load: it is where nearly everybody begins.
 */
const root = createRootRoute();

const login = createRoute({
  getParentRoute: () => root,
  path: LOGIN_PATH,
  component: lazyRouteComponent(() => import('../features/auth/login-page.tsx'), 'LoginPage'),
});

/** What stands around every page of somebody who is logged in. */
const shell = createRoute({ getParentRoute: () => root, id: 'shell', component: Shell });

const dashboard = createRoute({ getParentRoute: () => shell, path: '/', component: Dashboard });

const queue = createRoute({
  getParentRoute: () => shell,
  path: '/queue',
  validateSearch: readQueueSearch,
  component: lazyRouteComponent(() => import('../features/queue/queue-page.tsx'), 'QueuePage'),
});

const download = createRoute({
  getParentRoute: () => shell,
  path: '/downloads/$id',
  component: lazyRouteComponent(() => import('../features/download/download-page.tsx'), 'DownloadPage'),
});

const history = createRoute({
  getParentRoute: () => shell,
  path: '/history',
  validateSearch: readHistorySearch,
  component: lazyRouteComponent(() => import('../features/history/history-page.tsx'), 'HistoryPage'),
});

const analytics = createRoute({
  getParentRoute: () => shell,
  path: '/analytics',
  validateSearch: readAnalyticsSearch,
  component: lazyRouteComponent(() => import('../features/analytics/analytics-page.tsx'), 'AnalyticsPage'),
});

const storage = createRoute({
  getParentRoute: () => shell,
  path: '/storage',
  component: lazyRouteComponent(() => import('../features/storage/storage-page.tsx'), 'StoragePage'),
});

const settings = createRoute({
  getParentRoute: () => shell,
  path: '/settings',
  component: lazyRouteComponent(() => import('../features/settings/settings-page.tsx'), 'SettingsPage'),
});

const inspector = createRoute({
  getParentRoute: () => shell,
  path: '/inspector',
  component: lazyRouteComponent(() => import('../features/inspector/inspector-page.tsx'), 'InspectorPage'),
});

/** Below the shell, so that whoever lost their way still has the ways to everywhere else. */
const lost = createRoute({ getParentRoute: () => shell, path: '$', component: NotFoundPage });

export const router = createRouter({
  routeTree: root.addChildren([
    login,
    shell.addChildren([dashboard, queue, download, history, analytics, storage, inspector, settings, lost]),
  ]),
  history: browserHistory,
  defaultErrorComponent: RouteError,
  defaultPreload: 'intent',
  scrollRestoration: true,
  trailingSlash: 'never',
});

/** Has the code of the page that was opened come while the server is still asked how the app is set up. */
export function preloadOpenedPage(): void {
  const [routes] = router.getMatchedRoutes(browserHistory.location.pathname);
  for (const { options } of routes) void options.component?.preload?.();
}

declare module '@tanstack/react-router' {
  interface Register {
    router: typeof router;
  }
}
