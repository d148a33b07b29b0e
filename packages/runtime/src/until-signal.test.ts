import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { join } from 'node:path';
import { afterEach, describe, expect, it } from 'vitest';

const MODULE = JSON.stringify(join(import.meta.dirname, 'until-signal.ts'));
let child: ChildProcess | null = null;

afterEach(() => {
  child?.kill('SIGKILL');
  child = null;
});

/** A process that waits for a signal, tells it, and then does what `after` says. */
async function waiting(
  after: string,
  stdin: 'ignore' | 'pipe' = 'ignore',
): Promise<{ said: (text: string) => Promise<void>; process: ChildProcess }> {
  const script = `
    import { untilSignal } from ${MODULE};
    const pending = untilSignal();
    setInterval(() => {}, 1000);
    console.log('ready');
    console.log(await pending);
    ${after}`;
  const process_ = spawn(process.execPath, ['--input-type=module', '-e', script], {
    stdio: [stdin, 'pipe', 'inherit'],
  });
  child = process_;
  let output = '';
  const { stdout } = process_;
  if (stdout === null) throw new Error('no output');
  const said = async (text: string) => {
    while (!output.includes(text)) output += String((await once(stdout, 'data'))[0]);
  };
  await said('ready');
  return { said, process: process_ };
}

describe('untilSignal', () => {
  it.each(['SIGINT', 'SIGTERM', 'SIGHUP'] as const)(
    'lets the process stop in its own order at the first %s',
    async (signal) => {
      const { said, process } = await waiting('process.exit(7);');
      process.kill(signal);
      await said(signal);
      expect(await once(process, 'exit')).toEqual([7, null]);
    },
  );

  it.each([
    ['SIGINT', 'SIGINT', 130],
    ['SIGTERM', 'SIGTERM', 143],
    ['SIGTERM', 'SIGINT', 130],
    ['SIGHUP', 'SIGTERM', 143],
  ] as const)('ends it at once when %s is followed by %s', async (first, second, code) => {
    const { said, process } = await waiting('await new Promise(() => {});');
    process.kill(first);
    await said(first);
    process.kill(second);
    expect(await once(process, 'exit')).toEqual([code, null]);
  });

  it('stops in its own order although a shell hangs up twice', async () => {
    const { said, process } = await waiting("process.stdin.on('data', () => process.exit(7));", 'pipe');
    process.kill('SIGHUP');
    await said('SIGHUP');
    process.kill('SIGHUP');
    process.stdin?.write('go on');
    expect(await once(process, 'exit')).toEqual([7, null]);
  });
});
