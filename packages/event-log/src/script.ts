import { createHash } from 'node:crypto';
import { readFileSync } from 'node:fs';
import type { Redis } from 'ioredis';

/** A Lua script of this folder, called by its digest; Redis is sent the text only when it does not know it yet. */
export class Script<Answer> {
  readonly #text: string;
  readonly #sha1: string;

  /** @param file beside this module, e.g. `publish.lua`. */
  constructor(file: string) {
    this.#text = readFileSync(new URL(`./${file}`, import.meta.url), 'utf8');
    this.#sha1 = createHash('sha1').update(this.#text).digest('hex');
  }

  async run(redis: Redis, keys: readonly string[], args: readonly (string | number)[]): Promise<Answer> {
    try {
      return (await redis.evalsha(this.#sha1, keys.length, ...keys, ...args)) as Answer;
    } catch (error) {
      if (!(error instanceof Error) || !error.message.startsWith('NOSCRIPT')) throw error;
      return (await redis.eval(this.#text, keys.length, ...keys, ...args)) as Answer;
    }
  }
}
