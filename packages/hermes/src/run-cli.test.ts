import { afterEach, describe, expect, it, vi } from 'vitest';
import { runToEnd } from './fixtures/run-captured.ts';
import { VERSION } from './version.ts';

afterEach(() => {
  vi.unstubAllEnvs();
});

describe('the command line', () => {
  it.each([
    ['start'],
    ['demo'],
    ['api'],
    ['events'],
    ['worker'],
    ['tail'],
    ['key'],
    ['key', 'create'],
    ['doctor'],
    ['add'],
    ['list'],
    ['pause'],
    ['resume'],
    ['cancel'],
    ['retry'],
    ['watch'],
  ])('explains %s %s', async (...command) => {
    const { exitCode, stdout, stderr } = await runToEnd(...command, '--help');
    expect([exitCode, stderr]).toEqual([0, '']);
    expect(stdout).toContain(`Usage: hermes ${command.join(' ')}`);
  });

  it('tells its version', async () => {
    expect(await runToEnd('--version')).toEqual({ exitCode: 0, stdout: `${VERSION}\n`, stderr: '' });
  });

  it.each([
    ['nothing', [], 'Usage: hermes'],
    ['an unknown command', ['strat'], "unknown command 'strat'"],
    ['an unknown option', ['tail', '--nope'], "unknown option '--nope'"],
    ['a missing argument', ['key', 'create'], "missing required argument 'name'"],
    ['too many arguments', ['start', 'now'], 'too many arguments'],
    ['a count that is none', ['tail', '--count', '0'], 'whole number above 0'],
    ['an address that is none', ['tail', '--url', 'localhost:3000'], 'http://127.0.0.1:3000'],
    ['options that exclude each other', ['tail', '--channels', 'queue', '--download', 'x'], 'cannot be used with'],
    ['an unknown permission', ['key', 'create', 'x', '--permissions', 'read,fly'], 'read, write, download, admin'],
    ['nothing to add', ['add'], "missing required argument 'url'"],
    ['a priority that is none', ['add', 'http://a/', '--priority', 'high'], 'from 0 to 100'],
    ['a header that is none', ['add', 'http://a/', '--header', 'x'], '"Name: value"'],
    ['an unknown engine', ['add', 'http://a/', '--engine', 'curl'], 'http, yt-dlp'],
    ['a span that is none', ['key', 'create', 'x', '--expires', '0d'], 'It must be like 12h or 30d'],
  ])('refuses %s with 2', async (_, args, message) => {
    const { exitCode, stdout, stderr } = await runToEnd(...args);
    expect([exitCode, stdout]).toEqual([2, '']);
    expect(stderr).toContain(message);
  });

  it.each([['start'], ['demo'], ['tail'], ['key']])(
    '%s refuses a wrong variable with 2 and one line',
    async (command) => {
      vi.stubEnv('HERMES_PORT', '70000');
      expect(await runToEnd(command)).toEqual({
        exitCode: 2,
        stdout: '',
        stderr: 'HERMES_PORT="70000" is not allowed: must be a whole number from 0 to 65535\n',
      });
    },
  );
});
