import type { LookupAddress, lookup } from 'node:dns';
import { describe, expect, it } from 'vitest';
import { guardedLookup } from './guarded-agent.ts';

/** A resolver that knows one name; a name that resolves to what one wants cannot be had from the real one. */
function resolver(answer: LookupAddress[] | Error): typeof lookup {
  const resolve = (_host: string, _options: object, done: (error: Error | null, found?: LookupAddress[]) => void) =>
    answer instanceof Error ? done(answer) : done(null, answer);
  return resolve as unknown as typeof lookup;
}

function ask(answer: LookupAddress[] | Error, all: boolean): Promise<unknown> {
  return new Promise((done, fail) => {
    guardedLookup(resolver(answer))('name', { all }, (error, address, family) => {
      if (error) fail(error);
      else done(all ? address : { address, family });
    });
  });
}

const open = { address: '93.184.216.34', family: 4 };
const closed = { address: '10.0.0.1', family: 4 };

describe('guardedLookup', () => {
  it('hands on the public addresses of a name', async () => {
    expect(await ask([closed, open], true)).toEqual([open]);
    expect(await ask([closed, open], false)).toEqual(open);
  });

  it('refuses a name that has only others', async () => {
    await expect(ask([closed, { address: '::1', family: 6 }], true)).rejects.toMatchObject({
      code: 'PRIVATE_ADDRESS_REFUSED',
    });
    await expect(ask([], false)).rejects.toMatchObject({ code: 'PRIVATE_ADDRESS_REFUSED' });
  });

  it('passes on that a name does not exist', async () => {
    const missing = Object.assign(new Error('no such name'), { code: 'ENOTFOUND' });
    await expect(ask(missing, true)).rejects.toBe(missing);
  });
});
