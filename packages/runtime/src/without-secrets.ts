import { API_KEY_PREFIX, SESSION_COOKIE } from '@hermes/contracts';

const NAMES = 'authorization|proxy-authorization|set-cookie|cookie|x-api-key|api_key|key|token|secret|password';
/** A text of JSON, up to its closing quote. */
const TEXT = String.raw`(?:[^"\\]|\\.)*`;

/** In this order: what a later one would take apart is gone by then. */
const SECRETS: readonly [RegExp, string][] = [
  // A member of an object, and the flat list of header names and values that Node keeps as `rawHeaders`.
  [new RegExp(`"(${NAMES})"(\\s*[:,]\\s*)"${TEXT}"`, 'gi'), '"$1"$2"***"'],
  // The same with a list of values, as Node gives `set-cookie`.
  [new RegExp(`"(${NAMES})"\\s*:\\s*\\[[^\\]]*\\]`, 'gi'), '"$1":"***"'],
  // JSON within a text of JSON.
  [new RegExp(String.raw`\\"(${NAMES})\\"(\s*:\s*)\\"(?:[^"\\])*\\"`, 'gi'), String.raw`\"$1\"$2\"***\"`],
  // Headers written out: all of the line is the value.
  [/\b((?:proxy-)?authorization|(?:set-)?cookie|x-api-key)(\s*:\s*)(?:[^"\\\r\n])+/gi, '$1$2***'],
  [/\b(bearer)\s+[^\s"\\,;]+/gi, '$1 ***'],
  [/\b(basic)\s+[A-Za-z0-9+/=_-]{8,}/gi, '$1 ***'],
  // Parameters of a URL, their names perhaps percent-encoded: those are none that we ever send.
  [/([?&](?:token|key|api_key|code|secret|password)=)[^&#\s"'\\]*/gi, '$1***'],
  [/([?&](?=[^?=&#\s"'\\]*%)[^?=&#\s"'\\]*=)[^&#\s"'\\]*/g, '$1***'],
  // What stands before the host of a URL; passwords of databases often hold a `/` or an `@` that nobody encoded.
  [/((?:rediss?|postgres(?:ql)?):\/\/)[^\s"'\\]*@/gi, '$1***@'],
  [/(:\/\/)[^\s"'\\/?#@]*@/g, '$1***@'],
  [new RegExp(`\\b${SESSION_COOKIE}=[^;\\s"\\\\]*`, 'g'), `${SESSION_COOKIE}=***`],
  // Our own keys are recognised wherever they stand. Names of ours that begin alike are shorter.
  [new RegExp(`\\b${API_KEY_PREFIX}[A-Za-z0-9_-]{16,}`, 'g'), `${API_KEY_PREFIX}***`],
];

/** The text, fit for a log: `/events?token=abc` → `/events?token=***`. Takes plain text and lines of JSON alike. */
export function withoutSecrets(text: string): string {
  return SECRETS.reduce((cleared, [secret, cover]) => cleared.replace(secret, cover), text);
}
