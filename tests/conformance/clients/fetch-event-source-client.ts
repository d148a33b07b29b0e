import { fetchEventSource } from '@microsoft/fetch-event-source';
import { vi } from 'vitest';
import type { SeenEvent, StartClient } from './foreign-client.ts';

/** `@microsoft/fetch-event-source` by itself, told to take the end of a stream for what it is. */
export const startFetchEventSource: StartClient = async ({ origin, path, key }) => {
  vi.stubGlobal('window', globalThis);
  vi.stubGlobal('document', { hidden: false, addEventListener() {}, removeEventListener() {} });
  const seen: SeenEvent[] = [];
  const abort = new AbortController();
  const running = fetchEventSource(`${origin}${path}`, {
    headers: { authorization: `Bearer ${key}` },
    signal: abort.signal,
    openWhenHidden: true,
    onmessage: ({ event, data, id, retry }) => {
      // It hands on a `retry:` as a message.
      if (retry === undefined)
        seen.push({ event: event === '' ? 'message' : event, data, id: id || (seen.at(-1)?.id ?? '') });
    },
    onclose: () => {
      throw new Error('The stream has ended');
    },
    // Nothing returned: it waits for as long as the stream's `retry:` said.
    onerror: () => {},
  });
  return {
    seen: async () => seen,
    close: async () => {
      abort.abort();
      await running;
      vi.unstubAllGlobals();
    },
  };
};
