import { type Command, InvalidArgumentError } from 'commander';

/** For commands that talk to a running Hermes. */
export function withServer(command: Command): Command {
  return command
    .option('--url <origin>', 'where Hermes is (default: http://HERMES_HOST:HERMES_PORT)', serverOrigin)
    .option('--key <key>', 'an API key (default: the admin key of HERMES_HOME)');
}

/** @throws {InvalidArgumentError} */
export function positiveInteger(text: string): number {
  const value = Number(text);
  if (!Number.isInteger(value) || value < 1) throw new InvalidArgumentError('It must be a whole number above 0.');
  return value;
}

function serverOrigin(text: string): string {
  const url = URL.parse(text);
  if (url === null || !/^https?:$/.test(url.protocol)) {
    throw new InvalidArgumentError('It must be like http://127.0.0.1:3000.');
  }
  return url.origin;
}
