import type { CreateDownloadRequest, DownloadSecrets } from '@hermes/contracts';
import { ProblemError } from '@hermes/runtime';

/** What may be logged, listed and streamed. */
export type OpenRequest = Omit<CreateDownloadRequest, 'headers'>;

/**
 * Takes out of a request what may be secret: all headers, since a key may stand in any of them, and user name and
 * password of the URL, which become a header (Basic, RFC 7617).
 * @throws {ProblemError} VALIDATION_FAILED, naming `body.url`.
 */
export function separateSecrets({ headers = {}, ...open }: CreateDownloadRequest): {
  open: OpenRequest;
  secrets: DownloadSecrets | null;
} {
  const url = new URL(open.url);
  if (url.username === '' && url.password === '') {
    return { open, secrets: Object.keys(headers).length === 0 ? null : { headers } };
  }
  if (Object.keys(headers).some((name) => name.toLowerCase() === 'authorization')) {
    throw refusal('must not hold a user name beside the header Authorization: give one of them');
  }
  const authorization = basicCredentials(url);
  url.username = '';
  url.password = '';
  return { open: { ...open, url: url.href }, secrets: { headers: { ...headers, authorization } } };
}

function basicCredentials({ username, password }: URL): string {
  const [name, secret] = [username, password].map((part) => {
    try {
      return decodeURIComponent(part);
    } catch {
      throw refusal('holds a user name or password that is not percent-encoded UTF-8');
    }
  });
  // The first colon ends the name.
  if (name?.includes(':')) throw refusal('holds a user name with a colon, which Basic authentication cannot carry');
  return `Basic ${Buffer.from(`${name}:${secret}`).toString('base64')}`;
}

function refusal(message: string): ProblemError {
  return new ProblemError('VALIDATION_FAILED', {
    detail: `body.url ${message}`,
    invalidParams: [{ field: 'body.url', message }],
  });
}
