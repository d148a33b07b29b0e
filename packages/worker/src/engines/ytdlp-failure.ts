import { DOWNLOAD_ERRORS, type DownloadErrorCode } from '@hermes/contracts';
import { DownloadFailure } from './download-failure.ts';

const MAX_MESSAGE = 300;

/** What yt-dlp's last words mean, the first that fits. Its texts are no contract: what is not known here has a code, too. */
const MEANINGS: readonly (readonly [RegExp, DownloadErrorCode])[] = [
  [/no space left|disk quota exceeded|errno 28\b/i, 'DISK_FULL'],
  [/unsupported url|no suitable extractor|is not a valid url/i, 'UNSUPPORTED_URL'],
  [/requested format is not available/i, 'FORMAT_UNAVAILABLE'],
  [/invalid format specification/i, 'OPTION_REFUSED'],
  [/http error 4(?!08|29)\d\d/i, 'HTTP_CLIENT_ERROR'],
  [/http error (?:5\d\d|408|429)/i, 'HTTP_SERVER_ERROR'],
  [/certificate|ssl:/i, 'TLS_FAILED'],
  [/timed? ?out/i, 'TIMED_OUT'],
  [/ffmpeg|ffprobe|postprocessing|conversion failed/i, 'POSTPROCESSING_FAILED'],
  [
    /unable to download|tunnel connection failed|urlopen|connection|remote end closed|incompleteread|more bytes|bytes read|fragment \d+ not found|giving up after/i,
    'CONNECTION_FAILED',
  ],
  [/unable to (?:open|write|rename|create)|errno/i, 'WRITE_FAILED'],
  [
    /private|removed|deleted|unavailable|not available|no longer|terminated|does not exist|sign in|log ?in|members|premium|subscri|\bcountry|\bgeo|copyright|\bage\b|\bdrm\b|not a bot|no video formats/i,
    'MEDIA_UNAVAILABLE',
  ],
];

/** Codes that a failure of the way out, which the proxy has seen and yt-dlp has not, explains better. */
const OF_THE_NETWORK: readonly DownloadErrorCode[] = [
  ...(['HTTP_CLIENT_ERROR', 'HTTP_SERVER_ERROR', 'TIMED_OUT', 'CONNECTION_FAILED'] as const),
];

/**
 * Why yt-dlp has ended without a file.
 * @param errors what it wrote to its error output.
 * @param network what the proxy has seen fail meanwhile.
 */
export function toYtdlpFailure(errors: string, network: DownloadFailure | null): DownloadFailure {
  const text = lastError(errors);
  const code = MEANINGS.find(([pattern]) => pattern.test(text))?.[1] ?? 'EXTRACTION_FAILED';
  if (network !== null && (OF_THE_NETWORK.includes(code) || text === '')) return network;
  // The system's own words would tell the machine's paths.
  const isOfTheMachine = code === 'DISK_FULL' || code === 'WRITE_FAILED';
  return new DownloadFailure(code, text === '' || isOfTheMachine ? DOWNLOAD_ERRORS[code].meaning : text);
}

/** An error of its own, or of Python's. */
const LAST_WORDS = /^(?:yt-dlp: error|error|\w+Error):\s*/i;

/** The last error, without what is said to developers and what names this machine; the reason comes first. */
function lastError(errors: string): string {
  const line = errors
    .split('\n')
    .findLast((candidate) => LAST_WORDS.test(candidate.trim()))
    ?.trim();
  if (line === undefined) return '';
  return line
    .replace(LAST_WORDS, '')
    .replace(/^\[[^\]]*\]\s+(?:[\w-]+:\s+)?/, '')
    .replace(/;? *please report this issue on .*$/i, '')
    .replace(/ *\(caused by .*$/i, '')
    .replace(/ *(?:use|see) +--?[a-z].*$/i, '')
    .replace(/\/\/[^/@\s]+@/g, '//')
    .replace(/\p{Cc}/gu, ' ')
    .slice(0, MAX_MESSAGE)
    .trim();
}
