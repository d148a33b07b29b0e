import { HermesApiError } from '@hermes/react';
import { describe, expect, it } from 'vitest';
import { addAll } from './add-all.ts';
import { IdempotencyKeys } from './idempotency-keys.ts';
import type { UrlLine } from './parse-url-lines.ts';

type Batch = Parameters<typeof addAll>[0]['createDownloads'];

const lines = (count: number): UrlLine[] =>
  Array.from({ length: count }, (_, index) => ({ line: index + 1, text: `https://a.example/${index}`, problem: null }));

/** Takes what ends in an even digit. */
function aServer(answer?: () => never) {
  const requests: { urls: readonly string[]; key: string | undefined }[] = [];
  const createDownloads: Batch = async (urls, { idempotencyKey } = {}) => {
    requests.push({ urls, key: idempotencyKey });
    answer?.();
    return {
      session_id: 's',
      items: urls.map((url) =>
        /[02468]$/.test(url)
          ? { url, download_id: url.replace(/\W/g, ''), status: 'queued' as const }
          : { url, error: { code: 'VALIDATION_FAILED' as const, message: 'is odd' } },
      ),
    };
  };
  return { requests, createDownloads };
}

describe('addAll', () => {
  it('says of each line what became of it', async () => {
    const [even, odd] = lines(2) as [UrlLine, UrlLine];
    const outcome = await addAll(aServer(), [even, odd], new IdempotencyKeys());
    expect(outcome.get(even)).toBeNull();
    expect(outcome.get(odd)).toBe('is odd');
  });

  it('takes as few requests as the API allows, each with a key of its own', async () => {
    const server = aServer();
    await addAll(server, lines(1100), new IdempotencyKeys());
    expect(server.requests.map(({ urls }) => urls.length)).toEqual([500, 500, 100]);
    expect(new Set(server.requests.map(({ key }) => key)).size).toBe(3);
  });

  it('asks again with the same key after an answer was lost, and with another once it has come', async () => {
    const keys = new IdempotencyKeys();
    const lost = aServer(() => {
      throw new HermesApiError({ code: 'NETWORK_ERROR', message: 'The server cannot be reached' });
    });
    const outcome = await addAll(lost, lines(2), keys);
    expect([...outcome.values()]).toEqual(Array(2).fill('was not added: the server cannot be reached'));
    const server = aServer();
    await addAll(server, lines(2), keys);
    await addAll(server, lines(2), keys);
    expect(server.requests[0]?.key).toBe(lost.requests[0]?.key);
    expect(server.requests[1]?.key).not.toBe(server.requests[0]?.key);
  });

  it('sends nothing more once nobody is logged in', async () => {
    const server = aServer(() => {
      throw new HermesApiError({ code: 'INVALID_ANSWER', message: 'Log in', status: 401 });
    });
    const outcome = await addAll(server, lines(501), new IdempotencyKeys());
    expect(server.requests).toHaveLength(1);
    expect([...outcome.values()].at(-1)).toBe('was not added yet');
  });
});
