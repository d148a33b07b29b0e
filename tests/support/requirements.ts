import { spawnSync } from 'node:child_process';
import { findOnPath, findRedisServer } from '@hermes/runtime';
import { findCaddy, findChromium, findFirefox, findWebKit, findYtdlp } from './programs.ts';
import { CACHE_DIR } from './test-redis.ts';

/**
 * Run before the tests: gets what they need beyond npm. Redis is unpacked into the project's own cache; browsers and
 * Caddy are installed where that can be done without asking (root, apt), and their tests are skipped elsewhere, except
 * in CI, where a test that does not run is a failure.
 */
await findRedisServer(CACHE_DIR, (text) => process.stdout.write(`${text}\n`));

const findMissing = (): string[] =>
  [
    { packages: ['chromium'], isMissing: findChromium() === null },
    { packages: ['caddy'], isMissing: findCaddy() === null },
    { packages: ['firefox-esr'], isMissing: findFirefox() === null },
    { packages: ['webkit2gtk-driver', 'xvfb'], isMissing: findWebKit() === null },
    // 40 MB and 15 s once; joining streams is what most downloads by yt-dlp end with.
    { packages: ['yt-dlp', 'ffmpeg'], isMissing: findYtdlp() === null },
  ].flatMap(({ packages, isMissing }) => (isMissing ? packages : []));

const names = findMissing();
if (names.length > 0) {
  const canInstall = process.getuid?.() === 0 && findOnPath(['apt-get']) !== null;
  if (canInstall) {
    process.stdout.write(`Installing for the tests: ${names.join(', ')} …\n`);
    apt('update', '-q');
    apt('install', '-q', '-y', '--no-install-recommends', ...names);
  } else {
    process.stdout.write(
      `Tests that need ${names.join(' and ')} are skipped: install them (apt install ${names.join(' ')})\n`,
    );
  }
  if (process.env.CI === 'true' && findMissing().length > 0) {
    process.stderr.write('In CI every test must run, and a program is missing\n');
    process.exit(1);
  }
}

function apt(...args: string[]): void {
  const { status, stderr } = spawnSync('apt-get', args, {
    env: { ...process.env, DEBIAN_FRONTEND: 'noninteractive' },
    encoding: 'utf8',
  });
  if (status !== 0) process.stderr.write(`apt-get ${args[0]} failed:\n${stderr}\n`);
}
