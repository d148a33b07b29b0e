import { PERMISSIONS } from '@hermes/contracts';
import { Command, InvalidArgumentError, Option } from 'commander';
import { addDownloadCommands } from './cli-downloads.ts';
import { positiveInteger, withServer } from './cli-options.ts';
import { type KeyOptions, parseSpan } from './commands/key.ts';
import type { TailOptions } from './commands/tail.ts';
import { VERSION } from './version.ts';

/**
 * The command line. Each command's code is loaded when it is called, so that `--help` answers at once.
 * @param setExitCode called by commands that fail without an error.
 * @returns a program that throws a CommanderError where it would otherwise end the process.
 */
export function buildCli(setExitCode: (code: number) => void): Command {
  const program = new Command('hermes')
    .description('A self-hosted downloader whose progress can be watched live.')
    .version(VERSION)
    .exitOverride()
    .showHelpAfterError('(--help says what there is)')
    .addHelpText('after', '\nEvery variable, its default and its meaning: .env.example');

  program
    .command('start')
    .description('run everything in one process, with a Redis of its own unless HERMES_REDIS_URL is set')
    .action(async () => (await import('./commands/start.ts')).start());

  program
    .command('demo')
    .description('download sample files from a throttled server on this machine and watch them, without the internet')
    .option('--json', 'print one JSON object at the end instead of bars')
    .action(async (options: { json?: boolean }) => {
      if (!(await (await import('./demo/demo.ts')).demo(options))) setExitCode(1);
    });

  program
    .command('api')
    .description('run the REST service alone (API_PORT, HERMES_REDIS_URL)')
    .action(async () => void (await import('@hermes/api/main')));
  program
    .command('events')
    .description('run the events service alone (EVENTS_PORT, HERMES_REDIS_URL)')
    .action(async () => void (await import('@hermes/gateway/main')));
  program
    .command('worker')
    .description('run a download worker alone (HERMES_REDIS_URL)')
    .action(async () => void (await import('@hermes/worker/main')));

  addDownloadCommands(program, setExitCode);

  withServer(program.command('tail'))
    .description('print the event stream of a running Hermes')
    .option(
      '--channels <topics>',
      'only these, separated by commas: downloads, queue, stats, system, storage, analytics',
    )
    .addOption(new Option('--download <id>', 'only this download').conflicts('channels'))
    .option('--since <cursor>', 'go on after this event id (the id of an event in --json)')
    .option('--count <n>', 'end after so many events', positiveInteger)
    .option('--json', 'one JSON object a line')
    .action(async (options: TailOptions) => (await import('./commands/tail.ts')).tail(options));

  const key = program.command('key').description('print the admin key of this home, or manage API keys');
  key
    .command('print', { isDefault: true })
    .description('print the admin key')
    .option('--json', 'one JSON object')
    .action(async (options: { json?: boolean }) => (await import('./commands/key.ts')).printAdminKey(options));
  withServer(key.command('create <name>'))
    .description('make an API key; it is shown once')
    .addOption(
      new Option('--permissions <list>', 'some of read, write, download, admin, separated by commas')
        .argParser(permissionList)
        .default(['read', 'write', 'download'], 'read,write,download'),
    )
    .option('--expires <span>', 'such as 12h or 30d (default: never)', timeSpan)
    .option('--json', 'one JSON object')
    .action(async (name: string, options: KeyOptions & { permissions: string[]; expires?: number }) =>
      (await import('./commands/key.ts')).createKey(name, options),
    );
  withServer(key.command('list'))
    .description('list the API keys')
    .option('--json', 'one JSON object')
    .action(async (options: KeyOptions) => (await import('./commands/key.ts')).listKeys(options));
  withServer(key.command('revoke <id>'))
    .description('revoke an API key; its streams end at once')
    .option('--json', 'one JSON object')
    .action(async (id: string, options: KeyOptions) => (await import('./commands/key.ts')).revokeKey(id, options));

  program
    .command('doctor')
    .description('say what is wrong with the set-up and how to mend it')
    .option('--json', 'one JSON object')
    .action(async (options: { json?: boolean }) => {
      if (!(await (await import('./doctor/doctor.ts')).doctor(options))) setExitCode(1);
    });

  return program;
}

function permissionList(text: string): string[] {
  const permissions = text.split(',').map((permission) => permission.trim());
  const known: readonly string[] = PERMISSIONS;
  if (permissions.every((permission) => known.includes(permission))) return permissions;
  throw new InvalidArgumentError(`Each must be one of ${PERMISSIONS.join(', ')}.`);
}

function timeSpan(text: string): number {
  const span = parseSpan(text);
  if (span === null) throw new InvalidArgumentError('It must be like 12h or 30d.');
  return span;
}
