import { execFile } from 'node:child_process';
import { resolve } from 'node:path';
import { promisify } from 'node:util';
import { expect, it } from 'vitest';

const BENCH = resolve(import.meta.dirname, 'bench.ts');

it('clients that come and go leave no file, timer, listener, subscription or stream behind', async () => {
  const { stdout } = await promisify(execFile)(process.execPath, [BENCH, 'soak', '--quick', '--json']);
  const [{ bars, tables }] = JSON.parse(stdout).reports;
  const left = bars.find(({ bar }: { bar: string }) => bar.startsWith('no file'));
  expect(left, JSON.stringify(tables)).toMatchObject({ met: true });
  // There were some at all.
  expect(tables[0].title).toMatch(/Soak: [1-9]\d* clients/);
});
