import { fileNameFromContentDisposition } from './content-disposition.ts';

/** Leaves room below the 255 bytes of common file systems for ` (12)` and `.part`. */
const MAX_BYTES = 200;
/** An extension that is longer is not one. */
const MAX_EXTENSION_BYTES = 20;
const FALLBACK = 'download';
/** Device names that Windows knows in every folder, whatever the extension; shares and sticks carry files there. */
const RESERVED = /^(?:con|prn|aux|nul|com[0-9¹²³]|lpt[0-9¹²³]|conin\$|conout\$)(?=\.|$)/i;
/** Separators, what Windows refuses, control characters, and what turns the direction of text (`exe.‮gpj`). */
const FORBIDDEN = /[/\\:*?"<>|\p{Cc}\u200e\u200f\u2028-\u202e\u2066-\u2069\ufeff]/gu;

interface NameSources {
  /** What the person asked for. */
  given: string | undefined;
  contentDisposition: string | null;
  url: string;
}

/** The first source that gives a name, sanitised. */
export function chooseFileName(sources: NameSources): string {
  const { given, contentDisposition, url } = sources;
  const candidates = [
    given,
    contentDisposition === null ? null : fileNameFromContentDisposition(contentDisposition),
    fileNameFromUrl(url),
  ];
  for (const candidate of candidates) {
    const name = candidate ? sanitizeFileName(candidate) : '';
    if (name !== '') return name;
  }
  return FALLBACK;
}

/**
 * One path segment that every common file system takes and that is not hidden; '' if nothing is left.
 * At most 200 bytes of UTF-8, the extension kept.
 */
export function sanitizeFileName(text: string): string {
  const plain = text
    .toWellFormed()
    .normalize('NFC')
    .replace(FORBIDDEN, '_')
    .replace(/^[.\s]+/, '');
  const trimmed = trimEnd(plain);
  const usable = RESERVED.test(trimmed) ? `_${trimmed}` : trimmed;
  return /^_*$/.test(usable) ? '' : shorten(usable);
}

/** `name.ext` → [`name`, `.ext`]; a name without an extension, or with one too long to be one, is all stem. */
export function splitExtension(name: string): [stem: string, extension: string] {
  const match = /^(.+?)((?:\.tar)?\.[^.\s]+)$/i.exec(name);
  const extension = match?.[2] ?? '';
  if (extension === '' || Buffer.byteLength(extension) > MAX_EXTENSION_BYTES) return [name, ''];
  return [match?.[1] ?? name, extension];
}

function shorten(name: string): string {
  if (Buffer.byteLength(name) <= MAX_BYTES) return name;
  const [stem, extension] = splitExtension(name);
  let bytes = Buffer.byteLength(extension);
  let kept = '';
  for (const character of stem) {
    bytes += Buffer.byteLength(character);
    if (bytes > MAX_BYTES) break;
    kept += character;
  }
  return trimEnd(kept) + extension;
}

/** Windows drops trailing dots and spaces, so that two names would be one. */
function trimEnd(text: string): string {
  return text.replace(/[.\s]+$/, '');
}

function fileNameFromUrl(url: string): string {
  const segment = URL.parse(url)?.pathname.split('/').at(-1) ?? '';
  try {
    return decodeURIComponent(segment);
  } catch {
    return segment;
  }
}
