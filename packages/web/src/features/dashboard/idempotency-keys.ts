/** One key for each list of URLs, until it is known what became of them: what is sent again is sent with the same. */
export class IdempotencyKeys {
  readonly #keys = new Map<string, string>();

  for(urls: readonly string[]): string {
    const list = urls.join('\n');
    const key = this.#keys.get(list) ?? randomKey();
    this.#keys.set(list, key);
    return key;
  }

  /** Answered: the same list is wanted once more if it is sent once more. */
  forget(urls: readonly string[]): void {
    this.#keys.delete(urls.join('\n'));
  }
}

/** Not `crypto.randomUUID`: a page that is served without TLS, as on a network at home, does not have it. */
function randomKey(): string {
  return [...crypto.getRandomValues(new Uint8Array(16))].map((byte) => byte.toString(16).padStart(2, '0')).join('');
}
