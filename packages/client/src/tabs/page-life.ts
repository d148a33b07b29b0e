/** What happens to a page as a whole. */
export interface PageLifeListener {
  /** The page is going to be frozen, kept for later, or left: it may not be asked anything any more. */
  suspend(): void;
  resume(): void;
  visibility(isHidden: boolean): void;
  /** The network is there again, or gone. */
  network(): void;
}

/** Follows it; answers how to stop. A place without pages has no such life. */
export function followPageLife(listener: PageLifeListener): () => void {
  if (typeof window === 'undefined' || typeof document === 'undefined') return () => undefined;
  const following = new AbortController();
  const { signal } = following;
  const on = (target: EventTarget, type: string, handle: () => void) =>
    target.addEventListener(type, handle, { signal });
  on(document, 'visibilitychange', () => listener.visibility(document.visibilityState === 'hidden'));
  on(document, 'freeze', listener.suspend);
  on(document, 'resume', listener.resume);
  on(window, 'pagehide', listener.suspend);
  on(window, 'pageshow', listener.resume);
  on(window, 'online', listener.network);
  on(window, 'offline', listener.network);
  return () => following.abort();
}

export function isPageHidden(): boolean {
  return typeof document !== 'undefined' && document.visibilityState === 'hidden';
}
