/** The header that carries a key; none for a browser, which has a cookie once it has logged in. */
export function authorization(apiKey: string | undefined): Record<string, string> {
  return apiKey === undefined ? {} : { authorization: `Bearer ${apiKey}` };
}

/**
 * Whether to send the cookie to another origin as well. With a key it is not needed, and a server that allows no
 * credentials across origins would have its answer withheld for it.
 */
export function credentialsMode(headers: Record<string, string>): RequestCredentials {
  return 'authorization' in headers ? 'same-origin' : 'include';
}
