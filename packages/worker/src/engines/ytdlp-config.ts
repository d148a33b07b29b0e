/** What the two runs of yt-dlp have in common. */
interface CommonOptions {
  proxyUrl: string;
  /** Beside cookies, which are in a file that says where they belong. */
  headers: Readonly<Record<string, string>>;
  cookieFile: string | null;
  format: string | undefined;
  /** `name:path`; null: whatever it finds by itself. */
  jsRuntime: string | null;
  /** Seconds that a server may say nothing. */
  socketTimeout: number;
}

interface ProbeOptions extends CommonOptions {
  url: string;
  /** Only sites that are known by name, and not whatever page has a video on it. */
  knownSitesOnly: boolean;
}

interface DownloadOptions extends CommonOptions {
  /** What the probe has found. */
  infoFile: string;
}

/** Begins the lines that are meant for us. */
export const FILE_MARK = 'hermes-file ';
export const PROGRESS_MARK = 'hermes-progress ';
export const WORK_MARK = 'hermes-all-there';

/** Looks at the URL and writes what it has found as one line of JSON. */
export function probeConfig({ url, knownSitesOnly, ...common }: ProbeOptions): string {
  return lines([
    ...commonOptions(common),
    ['--dump-single-json'],
    // The video that was asked for, not the list that it happens to stand in; and of a list only what is in it.
    ['--no-playlist'],
    ['--flat-playlist'],
    ...(knownSitesOnly ? [['--use-extractors', 'default,-generic']] : []),
    // It begins with http, so it cannot be an option.
    [url],
  ]);
}

/** Brings what a probe has found, and writes how it goes. */
export function downloadConfig({ infoFile, ...common }: DownloadOptions): string {
  return lines([
    ...commonOptions(common),
    ['--load-info-json', infoFile],
    // In the directory it runs in; the name is ours to give, when all is there.
    ['--output', 'media.%(ext)s'],
    ['--quiet'],
    ['--progress'],
    ['--newline'],
    ['--progress-template', `download:${PROGRESS_MARK}{"format":%(info.format_id)j,"progress":%(progress)j}`],
    ['--no-simulate'],
    ['--print', `post_process:${WORK_MARK}`],
    ['--print', `after_move:${FILE_MARK}%(filepath)j`],
    ['--no-mtime'],
    // A hole in the middle is not a file.
    ['--no-skip-unavailable-fragments'],
    // ffmpeg as a downloader would show headers in its arguments, and tell no progress.
    ['--downloader', 'native'],
    ['--fragment-retries', '5'],
    ['--file-access-retries', '3'],
  ]);
}

function commonOptions({ proxyUrl, headers, cookieFile, format, jsRuntime, socketTimeout }: CommonOptions): string[][] {
  return [
    ['--proxy', proxyUrl],
    ['--no-warnings'],
    ['--no-cache-dir'],
    ['--socket-timeout', String(socketTimeout)],
    ['--retries', '3'],
    ['--extractor-retries', '1'],
    ...(format === undefined ? [] : [[`--format=${format}`]]),
    ...(jsRuntime === null ? [] : [['--js-runtimes', jsRuntime]]),
    ...(cookieFile === null ? [] : [['--cookies', cookieFile]]),
    ...Object.entries(headers).map(([name, value]) => ['--add-headers', `${name}:${value}`]),
  ];
}

/** As its configuration is read: words as in a POSIX shell, here with everything quoted. */
function lines(options: readonly (readonly string[])[]): string {
  return `${options.map((words) => words.map(quote).join(' ')).join('\n')}\n`;
}

function quote(word: string): string {
  return `'${word.replaceAll("'", `'"'"'`)}'`;
}
