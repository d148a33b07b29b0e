import { EnvironmentError } from '@hermes/contracts';
import { RedisServerMissingError } from '@hermes/runtime';
import { CommanderError } from 'commander';
import { buildCli } from './cli.ts';
import { SetupError } from './run/home.ts';
import { InterruptedError } from './run/stop-signal.ts';
import { CommandError } from './server-client.ts';

/** Errors whose message is meant for the person at the terminal; any other is a defect and shows its stack. */
const EXPECTED = [EnvironmentError, SetupError, CommandError, RedisServerMissingError, InterruptedError];

/**
 * Runs one command to its end.
 * @param args without the program's name.
 * @returns the exit code: 0 done, 1 failed, 2 a wrong variable or a wrong command line, 130 interrupted before it was done.
 */
export async function runCli(args: readonly string[]): Promise<number> {
  let exitCode = 0;
  const cli = buildCli((code) => {
    exitCode = code;
  });
  try {
    await cli.parseAsync(args, { from: 'user' });
    return exitCode;
  } catch (error) {
    // It has been told already: help or version was asked for, or the command line is wrong.
    if (error instanceof CommanderError) return error.exitCode === 0 ? 0 : 2;
    const isExpected = EXPECTED.some((kind) => error instanceof kind);
    const text = error instanceof Error ? (isExpected ? error.message : error.stack) : String(error);
    process.stderr.write(`${text}\n`);
    if (error instanceof EnvironmentError) return 2;
    return error instanceof InterruptedError ? 130 : 1;
  }
}
