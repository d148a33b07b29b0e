import type { DownloadErrorCode } from '@hermes/contracts';
import { describe, expect, it } from 'vitest';
import { DownloadFailure } from './download-failure.ts';
import { toYtdlpFailure } from './ytdlp-failure.ts';

const REPORT = '; please report this issue on  https://github.com/yt-dlp/yt-dlp/issues?q= , filling out the template';

describe('toYtdlpFailure', () => {
  it.each<[string, DownloadErrorCode, string]>([
    [
      'ERROR: [youtube] dQw4w9WgXcQ: Private video. Sign in if you have been granted access to this video',
      'MEDIA_UNAVAILABLE',
      'Private video. Sign in if you have been granted access to this video',
    ],
    [
      'ERROR: [youtube] abc: Video unavailable. This video has been removed by the uploader',
      'MEDIA_UNAVAILABLE',
      'Video unavailable. This video has been removed by the uploader',
    ],
    ['ERROR: Unsupported URL: http://me:secret@a.example/', 'UNSUPPORTED_URL', 'Unsupported URL: http://a.example/'],
    [
      'ERROR: [generic] x: Requested format is not available. Use --list-formats for a list of available formats',
      'FORMAT_UNAVAILABLE',
      'Requested format is not available.',
    ],
    [`ERROR: [a] b: Unable to extract title${REPORT}`, 'EXTRACTION_FAILED', 'Unable to extract title'],
    ['ERROR: [a] b: Unable to find the page', 'EXTRACTION_FAILED', 'Unable to find the page'],
    [
      'ERROR: [generic] Unable to download webpage: HTTP Error 410: Gone (caused by <HTTPError 410: Gone>)',
      'HTTP_CLIENT_ERROR',
      'Unable to download webpage: HTTP Error 410: Gone',
    ],
    [
      'ERROR: unable to download video data: HTTP Error 429: Too Many',
      'HTTP_SERVER_ERROR',
      'unable to download video data: HTTP Error 429: Too Many',
    ],
    ['ERROR: Postprocessing: Conversion failed!', 'POSTPROCESSING_FAILED', 'Postprocessing: Conversion failed!'],
    ['ERROR: The read operation timed out', 'TIMED_OUT', 'The read operation timed out'],
    [
      'ERROR: 1000 bytes read, 500 more expected. Giving up after 3 retries',
      'CONNECTION_FAILED',
      '1000 bytes read, 500 more expected. Giving up after 3 retries',
    ],
    [
      "OSError: [Errno 28] No space left on device: '/srv/media/.incomplete/x/1/media.mp4.part'",
      'DISK_FULL',
      'No space is left; the partial file is kept.',
    ],
    ["ERROR: unable to open for writing: [Errno 13] '/srv/x'", 'WRITE_FAILED', 'The file could not be written.'],
    [
      '  File "x.py", line 1\nSyntaxError: Invalid format specification: x\n\t0[\n',
      'OPTION_REFUSED',
      'Invalid format specification: x',
    ],
    ['WARNING: something\n', 'EXTRACTION_FAILED', 'The site is not understood; a newer yt-dlp may.'],
    ['', 'EXTRACTION_FAILED', 'The site is not understood; a newer yt-dlp may.'],
  ])('%s', (errors, code, message) => {
    expect(toYtdlpFailure(errors, null)).toMatchObject({ code, message });
  });

  it('leaves what failed on the way to the proxy, and only that', () => {
    const network = new DownloadFailure('DNS_FAILED');
    expect(toYtdlpFailure('ERROR: Unable to download webpage: HTTP Error 502: Bad Gateway', network)).toBe(network);
    expect(toYtdlpFailure('ERROR: [a] b: This video is private', network).code).toBe('MEDIA_UNAVAILABLE');
  });

  it('is no longer than one can read', () => {
    expect(toYtdlpFailure(`ERROR: ${'x'.repeat(5000)}`, null).message).toHaveLength(300);
  });
});
