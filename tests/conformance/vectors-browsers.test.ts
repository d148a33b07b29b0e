import { afterAll, beforeAll, describe, expect, test, vi } from 'vitest';
import { BROWSERS } from './browsers/all-browsers.ts';
import type { ScriptBrowser } from './browsers/script-browser.ts';
import { ByteServer, type Cut } from './byte-server.ts';
import { type ExpectedEvent, VECTORS } from './event-stream-vectors.ts';

const CUTS: readonly Cut[] = ['whole', 'bytes'];
const PATHS = CUTS.flatMap((cut) => VECTORS.map((_, index) => `/${index}/${cut}`));
const TYPES = [...new Set(['message', 'a', ...VECTORS.flatMap(({ events }) => events.map(({ type }) => type))])];

/** Opens every stream at once, and notes what each brings until the server has told it to stop. */
const OPEN_ALL = `
  window.seen = {};
  window.done = [];
  for (const path of ${JSON.stringify(PATHS)}) {
    const events = (window.seen[path] = []);
    const source = new EventSource(path);
    for (const type of ${JSON.stringify(TYPES)}) {
      source.addEventListener(type, (event) => {
        // The browser's own events of these names carry no data.
        if (event instanceof MessageEvent) events.push({ type: event.type, data: event.data, id: event.lastEventId });
      });
    }
    source.addEventListener('error', () => {
      if (source.readyState === EventSource.CLOSED) window.done.push(path);
    });
  }
`;

// Side by side: most of the time they wait before they come back.
describe.concurrent.for(BROWSERS)('the EventSource of $name', ({ name, isMissing, start }) => {
  const cases = VECTORS.map((vector, index) => ({
    ...vector,
    index,
    deviation: name === 'Chromium' ? undefined : vector.engines?.[name],
  }));
  const staysAway = cases.filter(({ deviation }) => deviation?.staysAway).length * CUTS.length;

  describe.skipIf(isMissing)('reads every stream as the standard says', () => {
    let server: ByteServer;
    let browser: ScriptBrowser | undefined;
    let seen: Record<string, ExpectedEvent[]>;

    beforeAll(async () => {
      server = await ByteServer.start(VECTORS.map(({ bytes }) => bytes));
      browser = await start();
      await browser.open(server.origin);
      await browser.run(OPEN_ALL);
      await vi.waitFor(
        async () =>
          expect(await browser?.run('return window.done.length')).toBeGreaterThanOrEqual(PATHS.length - staysAway),
        { timeout: 60_000, interval: 200 },
      );
      seen = (await browser.run('return window.seen')) as typeof seen;
    }, 120_000);
    afterAll(async () => {
      await browser?.close();
      await server?.close();
    });

    test.for(cases)('$name', ({ index, events, lastEventId, deviation = {} }) => {
      for (const cut of CUTS) {
        const path = `/${index}/${cut}`;
        const standard = { events, cameBackWith: lastEventId };
        const known = {
          events: deviation.events ?? events,
          cameBackWith: deviation.staysAway ? undefined : (deviation.lastEventId ?? lastEventId),
        };
        // An engine that was mended meanwhile is right, too.
        expect([standard, known], cut).toContainEqual({ events: seen[path], cameBackWith: server.cameBackWith(path) });
      }
    });
  });
});
