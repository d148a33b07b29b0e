import { DOWNLOAD_STATUSES, type DownloadStatus, FINAL_STATUSES } from '@hermes/contracts';
import { type Command, InvalidArgumentError, Option } from 'commander';
import { positiveInteger, withServer } from './cli-options.ts';
import type { ActOptions } from './commands/act.ts';
import type { AddOptions } from './commands/add.ts';
import type { ListOptions } from './commands/list.ts';
import type { WatchOptions } from './commands/watch.ts';

const JSON_FLAG = ['--json', 'one JSON object'] as const;
const OPEN = DOWNLOAD_STATUSES.filter((status) => !(FINAL_STATUSES as readonly string[]).includes(status));

/** Whom a flag stands for, in place of ids. */
const ACTIONS = {
  pause: { text: 'pause downloads; what they have stays', flag: '--all', statuses: ['queued', 'downloading'] },
  resume: { text: 'go on with paused downloads', flag: '--all', statuses: ['paused'] },
  cancel: { text: 'cancel downloads', flag: '--all', statuses: OPEN },
  retry: { text: 'try failed downloads again', flag: '--all-failed', statuses: ['failed'] },
} satisfies Record<string, { text: string; flag: string; statuses: DownloadStatus[] }>;

/** The commands about downloads of a running Hermes. */
export function addDownloadCommands(program: Command, setExitCode: (code: number) => void): void {
  const settle = (isWell: boolean) => {
    if (!isWell) setExitCode(1);
  };

  withServer(program.command('add <url...>'))
    .description('add downloads; - reads addresses from standard input, one a line')
    .option('--wait', 'wait until each has ended, and show how they get on; fails if one did not come whole')
    .option('--priority <n>', '0 to 100, higher first (default: 50)', wholeNumber)
    .option('--filename <name>', 'what to call the file')
    .option('--checksum <sum>', 'sha256:<hex>; a file with another sum fails')
    .addOption(new Option('--engine <name>', 'what fetches it').choices(['http', 'yt-dlp']))
    .option('--format <format>', 'what the engine is to choose')
    .option('--header <header>', 'like "Authorization: Bearer x"; may be repeated', header)
    .option('--json', 'one JSON object; with --wait one a change')
    .action(async (urls: string[], options: AddOptions) =>
      settle(await (await import('./commands/add.ts')).add(urls, options)),
    );

  withServer(program.command('list'))
    .description('list downloads, those that have not ended unless told otherwise')
    .option('--status <statuses>', `only these, separated by commas: ${DOWNLOAD_STATUSES.join(', ')}`)
    .addOption(new Option('--all', 'also what has ended').conflicts('status'))
    .option('--limit <n>', 'so many at most', positiveInteger, 100)
    .option(...JSON_FLAG)
    .action(async (options: ListOptions) => (await import('./commands/list.ts')).list(options));

  for (const [action, { text, flag, statuses }] of Object.entries(ACTIONS)) {
    withServer(program.command(`${action} [id...]`))
      .description(text)
      .option(flag, `each that is ${statuses.join(', ')}`)
      .option(...JSON_FLAG)
      .action(async (ids: string[], options: ActOptions & { all?: boolean; allFailed?: boolean }, command: Command) => {
        const meansMany = (options.all ?? options.allFailed) === true;
        if (meansMany === ids.length > 0) command.error(`error: give either ids (hermes list) or ${flag}`);
        const { act } = await import('./commands/act.ts');
        settle(await act(action as keyof typeof ACTIONS, meansMany ? { statuses } : { ids }, options));
      });
  }

  withServer(program.command('watch [id]'))
    .description('show downloads as they get on; with an id until it has ended, and fails if it did not come whole')
    .option('--json', 'one JSON object a change')
    .action(async (id: string | undefined, options: WatchOptions) =>
      settle(await (await import('./commands/watch.ts')).watch(id, options)),
    );
}

function wholeNumber(text: string): number {
  if (!/^\d{1,3}$/.test(text)) throw new InvalidArgumentError('It must be a whole number from 0 to 100.');
  return Number(text);
}

function header(text: string, before: Record<string, string> = {}): Record<string, string> {
  const [, name, value] = /^([^:\s]+):\s*(.*)$/.exec(text) ?? [];
  if (name === undefined || value === undefined) throw new InvalidArgumentError('It must be like "Name: value".');
  return { ...before, [name]: value };
}
