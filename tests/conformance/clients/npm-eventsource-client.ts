import { EventSource } from 'eventsource';
import { NAMES, type SeenEvent, type StartClient } from './foreign-client.ts';

/** The npm package `eventsource`. */
export const startNpmEventSource: StartClient = async ({ origin, path, key }) => {
  const seen: SeenEvent[] = [];
  const source = new EventSource(`${origin}${path}`, {
    fetch: (url, init) => fetch(url, { ...init, headers: { ...init.headers, authorization: `Bearer ${key}` } }),
  });
  for (const name of NAMES) {
    source.addEventListener(name, (event) => {
      // Its own error events carry no data.
      if (typeof event.data === 'string') seen.push({ event: event.type, data: event.data, id: event.lastEventId });
    });
  }
  return { seen: async () => seen, close: async () => source.close() };
};
