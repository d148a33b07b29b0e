import { DownloadFailure } from './download-failure.ts';

interface Addressed {
  /** With the name and password that it needs, if any. */
  url: string;
  /** What may go to every host. */
  headers: Record<string, string>;
  /** In Netscape's format, for the host of the URL only; null: there are none. */
  cookies: string | null;
}

/** yt-dlp sets it by what it connects to. */
const NOT_OURS = ['proxy-authorization'];

/**
 * yt-dlp sends the headers it is given to every host that it comes to. What is meant for one site goes to it by other
 * ways: cookies by a file that says where they belong, a password by the URL.
 * @throws {DownloadFailure} OPTION_REFUSED for credentials that have no such way.
 */
export function splitSecrets(url: string, given: Readonly<Record<string, string>>): Addressed {
  const target = new URL(url);
  const headers: Record<string, string> = {};
  let address = target.href;
  let cookies: string | null = null;
  for (const [name, value] of Object.entries(given)) {
    const lower = name.toLowerCase();
    if (lower === 'cookie') cookies = cookieFile(target, value);
    else if (lower === 'authorization') address = withPassword(target, value);
    else if (!NOT_OURS.includes(lower)) headers[name] = value;
  }
  return { url: address, headers, cookies };
}

/** It takes name and password as they stand in the URL, percent signs and all. */
const WRITABLE = /^[A-Za-z0-9._~!$&'()*+,;=%-]+:[A-Za-z0-9._~!$&'()*+,;=%:@-]*$/;

function withPassword({ protocol, host, pathname, search }: URL, authorization: string): string {
  const encoded = /^basic +([A-Za-z0-9+/]+=*) *$/i.exec(authorization)?.[1];
  const pair = encoded === undefined ? '' : Buffer.from(encoded, 'base64').toString();
  if (!WRITABLE.test(pair)) {
    throw new DownloadFailure(
      'OPTION_REFUSED',
      'yt-dlp cannot keep this Authorization header to one host: only Basic, of a name and a password in plain ASCII.',
    );
  }
  return `${protocol}//${pair}@${host}${pathname}${search}`;
}

function cookieFile({ hostname, protocol }: URL, header: string): string | null {
  const rows = header.split(';').flatMap((pair) => {
    const [, name = '', value = ''] = /^\s*([^=\s]+)=(.*?)\s*$/.exec(pair) ?? [];
    // A tab would be the next column.
    if (name === '' || /[\t\r\n]/.test(value)) return [];
    return [[hostname, 'FALSE', '/', protocol === 'https:' ? 'TRUE' : 'FALSE', '0', name, value].join('\t')];
  });
  return rows.length === 0 ? null : `# Netscape HTTP Cookie File\n${rows.join('\n')}\n`;
}
