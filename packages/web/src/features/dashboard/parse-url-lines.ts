/** One entry of what was pasted. `problem` says what is wrong with it; null when it can be sent. */
export interface UrlLine {
  /** 1-based, as an editor counts. */
  line: number;
  text: string;
  problem: string | null;
}

const MAX_URL_LENGTH = 8192;

/**
 * Takes what was pasted apart: one URL a line, or several in a line with spaces between. Nothing is dropped but blank
 * lines: what cannot be used comes back with its problem. The server checks again and has the last word.
 */
export function parseUrlLines(input: string): UrlLine[] {
  const seen = new Map<string, number>();
  const entries: UrlLine[] = [];
  for (const [index, raw] of input.split(/\r\n|\r|\n/).entries()) {
    const line = index + 1;
    for (const text of splitLine(raw.trim())) {
      const first = seen.get(text);
      entries.push({ line, text, problem: first === undefined ? problemOf(text) : `is already on line ${first}` });
      if (first === undefined) seen.set(text, line);
    }
  }
  return entries;
}

function splitLine(text: string): string[] {
  if (text === '') return [];
  const words = text.split(/\s+/);
  return words.every((word) => /^https?:\/\//i.test(word)) ? words : [text];
}

function problemOf(text: string): string | null {
  if (/\s/.test(text)) return 'has a space in it: put one link on each line';
  if (text.length > MAX_URL_LENGTH) return `is too long: a link may have ${MAX_URL_LENGTH} characters`;
  const scheme = /^([a-z][a-z0-9+.-]*):(?!\d+(?:\/|$))/i.exec(text)?.[1]?.toLowerCase();
  if (scheme === undefined) return 'has no “https://” at its beginning';
  if (scheme !== 'http' && scheme !== 'https') return `begins with “${scheme}:”: only http and https can be downloaded`;
  if (!/^https?:\/\//i.test(text)) return `needs two slashes after “${scheme}:”`;
  const url = URL.parse(text);
  if (url === null || url.hostname === '') return 'has no valid host name';
  return null;
}
