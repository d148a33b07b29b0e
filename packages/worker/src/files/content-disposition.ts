/** One parameter: a token, an optional `*`, and a quoted string or a token (RFC 6266, lenient on what follows). */
const PARAMETER = /;\s*([!#$%&'+\-.^_`|~\w]+)(\*?)\s*=\s*(?:"((?:[^"\\]|\\.)*)"|([^;\s"]+))/g;
const EXTENDED = /^(utf-8|iso-8859-1)'[^']*'(.*)$/i;

/**
 * The file name that a Content-Disposition header suggests, not sanitised. `filename*` (RFC 8187) goes before
 * `filename`, as RFC 6266 says.
 * @param header as undici gives it: one character a byte (latin1).
 * @returns null if there is none.
 */
export function fileNameFromContentDisposition(header: string): string | null {
  let plain: string | null = null;
  let extended: string | null = null;
  for (const [, name = '', star, quoted, token] of `;${header}`.matchAll(PARAMETER)) {
    if (name.toLowerCase() !== 'filename') continue;
    const value = quoted === undefined ? (token ?? '') : quoted.replace(/\\(.)/g, '$1');
    if (star === '*') extended ??= decodeExtended(value);
    else plain ??= decodePlain(value);
  }
  return extended ?? plain;
}

function decodeExtended(value: string): string | null {
  const match = EXTENDED.exec(value);
  if (match === null) return null;
  const bytes = percentDecode(match[2] ?? '');
  if (match[1]?.toLowerCase() === 'iso-8859-1') return bytes.toString('latin1');
  return decodeUtf8(bytes);
}

/** Servers put raw UTF-8 or percent-encoding where only ASCII belongs; browsers read both. */
function decodePlain(value: string): string {
  const text = decodeUtf8(Buffer.from(value, 'latin1')) ?? value;
  if (!/%[0-9a-f]{2}/i.test(text)) return text;
  return decodeUtf8(percentDecode(text)) ?? text;
}

function percentDecode(text: string): Buffer {
  const parts = text.split(/(%[0-9a-f]{2})/i);
  return Buffer.concat(parts.map((part, i) => (i % 2 === 1 ? Buffer.from(part.slice(1), 'hex') : Buffer.from(part))));
}

function decodeUtf8(bytes: Buffer): string | null {
  try {
    return new TextDecoder('utf-8', { fatal: true }).decode(bytes);
  } catch {
    return null;
  }
}
