import type { EngineName } from '@hermes/contracts';
import type { YtdlpEngine } from './ytdlp-engine.ts';

/** What ends like this is the file itself, also on a site that yt-dlp knows. */
const FILE = new RegExp(
  `\\.(?:${[
    ...[
      'zip',
      '7z',
      'rar',
      'tar',
      'gz',
      'tgz',
      'xz',
      'bz2',
      'zst',
      'iso',
      'img',
      'dmg',
      'exe',
      'msi',
      'deb',
      'rpm',
      'apk',
    ],
    ...['pdf', 'epub', 'txt', 'csv', 'json', 'xml', 'jpe?g', 'png', 'gif', 'webp', 'svg'],
    ...['mp4', 'm4v', 'mkv', 'webm', 'mov', 'avi', 'mp3', 'm4a', 'ogg', 'opus', 'flac', 'wav', 'torrent', 'bin'],
  ].join('|')})$`,
  'i',
);
/** Half a second is usual. */
const PATIENCE_MS = 30_000;

/**
 * Which engine a download gets that leaves it open: yt-dlp for a page of a site that it knows by name, HTTP for all
 * else. Nothing is asked of the site, so that one URL always gets the same engine from the same yt-dlp.
 */
export async function chooseEngine(
  url: string,
  ytdlp: Pick<YtdlpEngine, 'knows'> | undefined,
  signal: AbortSignal,
): Promise<EngineName> {
  if (ytdlp === undefined || FILE.test(new URL(url).pathname)) return 'http';
  const late = AbortSignal.timeout(PATIENCE_MS);
  try {
    return (await ytdlp.knows(url, AbortSignal.any([signal, late]))) ? 'yt-dlp' : 'http';
  } catch {
    signal.throwIfAborted();
    // What it has not refused at once it knows.
    return late.aborted ? 'yt-dlp' : 'http';
  }
}
