import { browserHistory } from '../../browser-history.ts';

export const LOGIN_PATH = '/login';

/** Whether something failed because nobody is logged in (any more). By shape: both calls and streams fail with it. */
export function isUnauthenticated(error: unknown): boolean {
  return error instanceof Error && 'status' in error && error.status === 401;
}

/** Every 401 of the app comes here. The page that was open is kept in `next`, so that logging in leads back. */
export function leadToLogin(error: unknown): void {
  const { pathname, search } = browserHistory.location;
  if (!isUnauthenticated(error) || pathname === LOGIN_PATH) return;
  const here = pathname + search;
  browserHistory.replace(here === '/' ? LOGIN_PATH : `${LOGIN_PATH}?next=${encodeURIComponent(here)}`);
  // Not with the next microtask: whoever reads the address after this finds the log-in there.
  browserHistory.flush();
}

/** Where to go after log-in. Only paths of this origin: `//evil.example` is an address of another. */
export function pathAfterLogin(search: string): string {
  const next = new URLSearchParams(search).get('next');
  if (next === null || !next.startsWith('/')) return '/';
  const url = URL.parse(next, window.location.origin);
  return url !== null && url.origin === window.location.origin && url.pathname !== LOGIN_PATH
    ? url.pathname + url.search
    : '/';
}
