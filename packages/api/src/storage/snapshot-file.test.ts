import { type ChildProcess, fork } from 'node:child_process';
import { once } from 'node:events';
import { mkdir, mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { createLogger } from '@hermes/runtime';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { z } from 'zod';
import { SnapshotFile } from './snapshot-file.ts';

const NOW = Date.parse('2026-01-02T03:04:05Z');
let directory: string;
let path: string;
let log: string[];
let file: SnapshotFile<number[]>;

beforeEach(async () => {
  directory = await mkdtemp(join(tmpdir(), 'hermes-snapshot-'));
  path = join(directory, 'snapshots', 'numbers.json');
  log = [];
  file = make();
});
afterEach(() => rm(directory, { recursive: true, force: true }));

function make(version = 1): SnapshotFile<number[]> {
  const logger = createLogger('test', 'info', { write: (line: string) => void log.push(line) });
  return new SnapshotFile({ path, version, schema: z.array(z.int()), logger });
}
const names = async () => (await readdir(join(directory, 'snapshots'))).sort();

describe('a kept snapshot', () => {
  it('is read as it was written, by its owner only', async () => {
    expect(await file.read(NOW)).toBeNull();
    await file.write({ generatedAt: NOW - 5, data: [1, 2, 3] });
    await file.write({ generatedAt: NOW, data: [4] });
    expect(await make().read(NOW)).toEqual({ generatedAt: NOW, data: [4] });
    expect(await names()).toEqual(['numbers.json']);
    expect(log).toEqual([]);
  });

  const whole = JSON.stringify({ version: 1, generated_at: new Date(NOW).toISOString(), data: [1] });
  it.each([
    ['empty', ''],
    ['half of one', whole.slice(0, whole.length / 2)],
    ['something else', '{"a":1}'],
    ['no object', 'null'],
    ['zeros, as after a power cut', '\0'.repeat(64)],
    ['of data that is none', whole.replace('[1]', '["x"]')],
    ['of another version', whole.replace('"version":1', '"version":2')],
    ['of no time', whole.replace('2026', 'never')],
    ['from the future', whole.replace('2026', '2027')],
  ])('that is %s is put aside with one line', async (_what, content) => {
    await mkdir(join(directory, 'snapshots'));
    await writeFile(path, content);
    expect(await file.read(NOW)).toBeNull();
    expect(log).toHaveLength(1);
    expect(log[0]).toContain('The stored snapshot is not used');
    expect(await names()).toEqual(['numbers.json.rejected']);
    expect(await readFile(`${path}.rejected`, 'utf8')).toBe(content);
    // It is no trouble afterwards.
    expect(await file.read(NOW)).toBeNull();
    expect(log).toHaveLength(1);
    await file.write({ generatedAt: NOW, data: [2] });
    expect(await file.read(NOW)).toEqual({ generatedAt: NOW, data: [2] });
  });

  it('that is a directory is survived', async () => {
    await mkdir(path, { recursive: true });
    expect(await file.read(NOW)).toBeNull();
    await file.write({ generatedAt: NOW, data: [2] });
    expect(await file.read(NOW)).toEqual({ generatedAt: NOW, data: [2] });
  });

  it('stays when the next cannot be written, and leaves no draft', async () => {
    await file.write({ generatedAt: NOW, data: [1] });
    await expect(file.write({ generatedAt: Number.NaN, data: [2] })).rejects.toThrow();
    expect(await names()).toEqual(['numbers.json']);
    expect(await file.read(NOW)).toEqual({ generatedAt: NOW, data: [1] });
  });

  it('is whole after any of many kills in the middle of writing, and what was left is tidied up', async () => {
    const script = new URL('../testing/snapshot-writer.ts', import.meta.url);
    let last = 0;
    for (let n = 0; n < 8; n++) {
      const writer: ChildProcess = fork(script, [path], { stdio: 'ignore' });
      await once(writer, 'message');
      await delay(Math.random() * 100);
      writer.kill('SIGKILL');
      await once(writer, 'exit');
      const logger = createLogger('test', 'info', { write: (line: string) => void log.push(line) });
      const snapshot = await new SnapshotFile({ path, version: 1, schema: z.string(), logger }).read(Date.now());
      // All of one, and nothing of another.
      const data = snapshot?.data ?? '';
      expect(data.length).toBe(20_000_000);
      expect(data === data.charAt(0).repeat(data.length)).toBe(true);
      expect(snapshot?.generatedAt).toBeGreaterThanOrEqual(last);
      last = snapshot?.generatedAt ?? 0;
      expect(await names()).toEqual(['numbers.json']);
    }
    expect(log).toEqual([]);
  }, 120_000);
});
