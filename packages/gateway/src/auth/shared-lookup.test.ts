import type { Credential } from '@hermes/contracts';
import { afterEach, beforeEach, expect, it, vi } from 'vitest';
import { SharedLookup } from './shared-lookup.ts';

const CREDENTIAL: Credential = { kind: 'api_key', key_id: 'k', name: 'n', permissions: ['read'], expires_at: null };

beforeEach(() => void vi.useFakeTimers({ toFake: ['performance'] }));
afterEach(() => void vi.useRealTimers());

it('asks once for all who come within a second, and again after it', async () => {
  const find = vi.fn(async () => CREDENTIAL);
  const lookup = new SharedLookup(find);
  const answers = await Promise.all(Array.from({ length: 100 }, () => lookup.find('a')));
  expect(new Set(answers)).toEqual(new Set([CREDENTIAL]));
  expect(find).toHaveBeenCalledTimes(1);
  await lookup.find('b');
  expect(find).toHaveBeenCalledTimes(2);
  vi.advanceTimersByTime(1001);
  await lookup.find('a');
  expect(find).toHaveBeenCalledTimes(3);
});

it('does not share what was not found, nor what failed', async () => {
  const find = vi.fn<(sha256: string) => Promise<Credential | null>>();
  const lookup = new SharedLookup(find);
  find.mockResolvedValueOnce(null);
  expect(await lookup.find('a')).toBeNull();
  find.mockRejectedValueOnce(new Error('away'));
  await expect(lookup.find('a')).rejects.toThrow('away');
  find.mockResolvedValueOnce(CREDENTIAL);
  expect(await lookup.find('a')).toBe(CREDENTIAL);
});
