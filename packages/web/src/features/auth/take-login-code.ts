/**
 * Reads the one-use code of a log-in link and takes it out of the address at once, so that it stays neither in the history
 * nor in a bookmark, nor is sent anywhere as a referrer.
 */
export function takeLoginCode(): string | null {
  const url = new URL(window.location.href);
  const code = url.searchParams.get('code');
  if (code === null) return null;
  url.searchParams.delete('code');
  window.history.replaceState(window.history.state, '', url.pathname + url.search);
  return code === '' ? null : code;
}
