import { mkdtemp, readdir, readFile, rm, stat, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { SecretBox } from './secret-box.ts';

describe('SecretBox', () => {
  let home: string;
  let path: string;

  beforeEach(async () => {
    home = await mkdtemp(join(tmpdir(), 'hermes-secrets-'));
    path = join(home, 'keys', 'secret.key');
  });
  afterEach(() => rm(home, { recursive: true, force: true }));

  it('opens elsewhere what it has sealed, and shows nothing of it', async () => {
    const text = JSON.stringify({ headers: { cookie: 'säcret' } });
    const box = new SecretBox(path);
    const sealed = await box.seal('d-1', text);
    expect(await new SecretBox(path).open('d-1', sealed)).toBe(text);
    expect(Buffer.from(sealed.slice(3), 'base64url').includes('cookie')).toBe(false);
    // Equal texts do not look equal.
    expect(await box.seal('d-1', text)).not.toBe(sealed);
  });

  it('opens for nothing else, and nothing that was changed', async () => {
    const box = new SecretBox(path);
    const sealed = await box.seal('d-1', 'secret');
    await expect(box.open('d-2', sealed)).rejects.toThrow();
    for (const at of [4, 12, sealed.length - 2]) {
      const changed = sealed.slice(0, at) + (sealed[at] === 'A' ? 'B' : 'A') + sealed.slice(at + 1);
      await expect(box.open('d-1', changed)).rejects.toThrow();
    }
    await expect(box.open('d-1', 'v1.')).rejects.toThrow();
    await expect(box.open('d-1', sealed.slice(3))).rejects.toThrow(/known/);
  });

  it('makes the key once, for its owner only, also when many begin at once', async () => {
    const boxes = Array.from({ length: 10 }, () => new SecretBox(path));
    const sealed = await Promise.all(boxes.map((box) => box.seal('d', 'secret')));
    const reader = new SecretBox(path);
    for (const one of sealed) expect(await reader.open('d', one)).toBe('secret');
    expect((await stat(path)).mode & 0o777).toBe(0o600);
    expect(await readdir(join(home, 'keys'))).toEqual(['secret.key']);
  });

  it('who only opens makes no key, and finds one that comes later', async () => {
    const reader = new SecretBox(path);
    await expect(reader.open('d', 'v1.AAAA')).rejects.toThrow(/There is no .*secret\.key/);
    expect(await readdir(home)).toEqual([]);
    const sealed = await new SecretBox(path).seal('d', 'secret');
    expect(await reader.open('d', sealed)).toBe('secret');
  });

  it('takes a key that was changed on disk', async () => {
    const reader = new SecretBox(path);
    expect(await reader.open('d', await new SecretBox(path).seal('d', 'one'))).toBe('one');
    await writeFile(path, 'ab'.repeat(32));
    expect(await reader.open('d', await new SecretBox(path).seal('d', 'two'))).toBe('two');
  });

  it('refuses a file that holds no key, without showing what it holds', async () => {
    await new SecretBox(path).seal('d', 'secret');
    const half = (await readFile(path, 'utf8')).slice(0, 20);
    await writeFile(path, half);
    const failure = await new SecretBox(path).seal('d', 'secret').catch((error: Error) => error);
    expect(failure).toMatchObject({ message: expect.stringMatching(/does not hold a key/) });
    expect(String(failure)).not.toContain(half);
  });

  it('fingerprints the same alike under one key, and differently under another', async () => {
    const [one, again] = [new SecretBox(path), new SecretBox(path)];
    expect(await one.fingerprint('a')).toBe(await again.fingerprint('a'));
    expect(await one.fingerprint('a')).not.toBe(await one.fingerprint('b'));
    expect(await one.fingerprint('a')).not.toBe(await new SecretBox(join(home, 'other')).fingerprint('a'));
  });
});
