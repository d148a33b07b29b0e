import { EnvironmentError } from '@hermes/contracts';
import { RedisServerMissingError } from '@hermes/runtime';
import { buildCli } from './cli.ts';
import { SetupError } from './run/home.ts';
import { CommandError } from './server-client.ts';

/** Errors whose message is meant for the person at the terminal; any other is a defect and shows its stack. */
const EXPECTED = [EnvironmentError, SetupError, CommandError, RedisServerMissingError];

try {
  await buildCli((code) => {
    process.exitCode = code;
  }).parseAsync();
} catch (error) {
  const isExpected = EXPECTED.some((kind) => error instanceof kind);
  process.stderr.write(
    `${isExpected ? (error as Error).message : error instanceof Error ? error.stack : String(error)}\n`,
  );
  process.exitCode = error instanceof EnvironmentError ? 2 : 1;
}
