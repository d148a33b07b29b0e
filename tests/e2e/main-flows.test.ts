import type { EventsHealth } from '@hermes/contracts';
import { afterAll, beforeAll, describe, expect, test, vi } from 'vitest';
import { BROWSERS } from '../conformance/browsers/all-browsers.ts';
import type { ScriptBrowser } from '../conformance/browsers/script-browser.ts';
import { metricSamples } from '../support/metric-samples.ts';
import { serveFile, TestOrigin, testBytes } from '../support/test-origin.ts';
import { ScriptDashboard } from './script-dashboard.ts';
import { TestHermes } from './test-hermes.ts';

const FILE = testBytes(12_000_000);
const PATIENCE = { timeout: 60_000, interval: 250 };

// One after the other: a machine that runs three browsers at once runs none of them well.
describe.for(BROWSERS)('the web app in $name', ({ isMissing, start }) => {
  describe.skipIf(isMissing)('is live', () => {
    let hermes: TestHermes;
    let origin: TestOrigin;
    let browser: ScriptBrowser;
    let dashboard: ScriptDashboard;

    beforeAll(async () => {
      [hermes, origin, browser] = await Promise.all([TestHermes.start(), TestOrigin.start(), start()]);
      dashboard = new ScriptDashboard(browser);
    }, 120_000);
    afterAll(async () => {
      await browser?.close();
      await hermes?.close();
      await origin?.close();
    });

    /** Serves a file slowly. @returns what makes the rest come at once. */
    function serve(name: string, pace: number): () => void {
      let bytesPerSecond = pace;
      origin.on(`/${name}`, (request, response) =>
        serveFile(FILE, {
          etag: `"${name}"`,
          get bytesPerSecond() {
            return bytesPerSecond;
          },
        })(request, response),
      );
      return () => {
        bytesPerSecond = 100_000_000;
        origin.cut();
      };
    }

    /** What the API has counted of that metric, by whichever client. */
    async function counted(metric: string, labels: (labels: Record<string, string>) => boolean): Promise<number> {
      const samples = metricSamples(await (await fetch(`${hermes.origin}/metrics`)).text());
      return samples
        .filter((sample) => sample.name === metric && labels(sample.labels))
        .reduce((sum, { value }) => sum + value, 0);
    }
    const reads = () => counted('hermes_api_requests_total', ({ route }) => route?.startsWith('GET /api/v1/') === true);
    const polls = () => counted('hermes_api_polls_total', ({ reason }) => reason === 'disabled');
    const connections = async () => (await hermes.get<EventsHealth>('/events/health')).active_connections;

    async function switchStreams(isOn: boolean): Promise<void> {
      const response = await fetch(`${hermes.origin}/api/v1/config`, {
        method: 'PATCH',
        headers: { ...hermes.authorization, 'content-type': 'application/json' },
        body: JSON.stringify({ sse_enabled: isOn }),
      });
      expect(response.status).toBe(200);
    }

    test('by the link of the terminal, a pasted URL becomes a file, and its bar moves by the stream alone', async () => {
      serve('film.bin', 1_000_000);
      await dashboard.open(hermes.loginUrl);
      await dashboard.untilConnection('live');
      await dashboard.add(origin.url('/film.bin'));
      await dashboard.recordBar('film.bin');
      // What the page reads because something was added has come by then.
      await vi.waitFor(async () => expect((await dashboard.recordedBar()).length).toBeGreaterThan(1), PATIENCE);
      const before = await reads();
      await dashboard.untilStatus('film.bin', 'completed');

      expect(await reads()).toBe(before);
      const values = await dashboard.recordedBar();
      expect(values.length).toBeGreaterThanOrEqual(5);
      expect(values).toEqual([...values].sort((a, b) => a - b));
      expect(await connections()).toBe(1);
    });

    test('polls while streams are switched off, says so, and stops polling when they are back', async () => {
      const finish = serve('series.bin', 100_000);
      await dashboard.add(origin.url('/series.bin'));
      await dashboard.recordBar('series.bin');

      await switchStreams(false);
      await dashboard.untilConnection('polling');
      await vi.waitFor(async () => expect(await dashboard.banner()).toContain('Not live'), PATIENCE);
      const [seenBefore, pollsBefore] = [(await dashboard.recordedBar()).length, await polls()];
      await vi.waitFor(
        async () => expect((await dashboard.recordedBar()).length).toBeGreaterThan(seenBefore + 1),
        PATIENCE,
      );
      expect(await polls()).toBeGreaterThan(pollsBefore);
      expect(await connections()).toBe(0);

      await switchStreams(true);
      await dashboard.untilConnection('live');
      // What was under way ends first.
      await new Promise((done) => setTimeout(done, 2500));
      const [seenLive, readsLive] = [(await dashboard.recordedBar()).length, await reads()];
      await vi.waitFor(
        async () => expect((await dashboard.recordedBar()).length).toBeGreaterThan(seenLive + 4),
        PATIENCE,
      );
      expect(await reads()).toBe(readsLive);
      expect(await dashboard.banner()).toBe('');

      finish();
      await dashboard.untilStatus('series.bin', 'completed');
      const values = await dashboard.recordedBar();
      expect(values).toEqual([...values].sort((a, b) => a - b));
    });

    test('three tabs are one connection, and all of them are live', async () => {
      const finish = serve('album.bin', 50_000);
      const tabs = [dashboard];
      for (let n = 0; n < 2; n += 1) {
        const tab = new ScriptDashboard(await browser.newPage());
        await tab.open(hermes.origin);
        await tab.untilConnection('live');
        tabs.push(tab);
      }
      await dashboard.add(origin.url('/album.bin'));
      for (const tab of tabs) await tab.untilStatus('album.bin', 'downloading');
      // The tab that held it may have handed it over to one that can be seen.
      await vi.waitFor(async () => expect(await connections()).toBe(1), PATIENCE);
      finish();
      for (const tab of tabs) await tab.untilStatus('album.bin', 'completed');
      expect(await connections()).toBe(1);
    });
  });
});
