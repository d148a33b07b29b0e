import { type Bar, decimal } from '../report.ts';
import type { Scenario } from './scenario.ts';

const EVENTS_PER_SECOND = 4;
const INTERVAL_MS = 500;
const GZIP = { 'accept-encoding': 'gzip' };
/** Downloads, and the kilobytes a minute that they may cost a page. */
const BARS = [
  [10, 60],
  [100, 450],
] as const;

/** What one open page costs a line that is paid by volume. */
export const bytes: Scenario = {
  name: 'bytes',
  summary: `kilobytes a minute to one page with 10 and 100 downloads at ${EVENTS_PER_SECOND} events/s each`,
  async run({ quick, withStages, log }) {
    const rows: string[][] = [];
    const bars: Bar[] = [];
    const seconds = quick ? 1 : 8;
    await withStages(['hermes'], async ([stage]) => {
      if (stage === undefined) return;
      const { fleet, publisher, target } = stage;
      for (const [downloads, bar] of BARS) {
        await publisher.call('prepare', downloads);
        const measure = async (path: string, headers: Record<string, string>) => {
          const { live, refusal } = await fleet.call('open', {
            // The text of a compressed stream cannot be looked at: the head of the response says that it is live.
            address: { ...target.stream, path, headers: { ...target.stream.headers, ...headers }, liveMark: null },
            count: 1,
            sampled: 0,
            concurrency: 1,
            timeoutMs: 10_000,
          });
          if (live === 0) throw new Error(`The stream was refused: ${refusal}`);
          const publish = (duration: number) =>
            publisher.call('publish', { rate: downloads * EVENTS_PER_SECOND, seconds: duration, downloads });
          // The snapshot is sent once, and what a compression has not seen yet costs more.
          await publish(quick ? 0.3 : 1);
          await fleet.call('mark', null);
          await publish(seconds);
          const { bodyBytes } = await fleet.call('read', null);
          await stage.closeClients();
          return (bodyBytes / 1000 / seconds) * 60;
        };
        const { path } = target.stream;
        const plain = await measure(path, {});
        const slower = await measure(`${path}?interval_ms=${INTERVAL_MS}`, {});
        const small = await measure(`${path}?interval_ms=${INTERVAL_MS}`, GZIP);
        log(`${downloads} downloads: ${decimal(plain, 0)} → ${decimal(slower, 0)} → ${decimal(small, 0)} KB a minute`);
        rows.push([String(downloads), decimal(plain, 0), decimal(slower, 0), decimal(small, 0)]);
        bars.push({
          measure: `bytes a minute to one page, ${downloads} downloads, interval_ms=${INTERVAL_MS}, gzip`,
          bar: `≤ ${bar} KB`,
          measured: `${decimal(small, 0)} KB`,
          met: small <= bar,
        });
      }
    });
    return {
      tables: [
        {
          title: `Kilobytes a minute to one page, each download at ${EVENTS_PER_SECOND} events/s`,
          columns: ['downloads', 'as it comes', `interval_ms=${INTERVAL_MS}`, `interval_ms=${INTERVAL_MS}, gzip`],
          rows,
          notes: ['Bodies without the chunk framing; the snapshot at the beginning is not in it.'],
        },
      ],
      bars,
    };
  },
};
