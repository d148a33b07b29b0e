import { loadConfig, untilSignal } from '@hermes/runtime';
import { cacheDirOf, prepareDirectory } from '../run/home.ts';
import { runHermes } from '../run/run-hermes.ts';
import { createTerminalLogger } from '../run/terminal-logger.ts';
import { buildWebIfStale, WEB_ROOT } from '../run/web-build.ts';

const STOP_TIMEOUT_MS = 20_000;

/** Runs everything until it is told to stop. */
export async function start(): Promise<void> {
  const config = loadConfig();
  const say = (line: string) => void process.stdout.write(`${line}\n`);
  await prepareDirectory('HERMES_HOME', config.HERMES_HOME, 0o700);
  await buildWebIfStale(say);
  const logger = createTerminalLogger(config.HERMES_HOME, (line) => void process.stderr.write(`${line}\n`));
  const hermes = await runHermes({
    config,
    logger,
    webRoot: WEB_ROOT,
    cacheDir: cacheDirOf(config),
    onProgress: say,
  });
  say('');
  say(`  Hermes runs at  ${hermes.origin}`);
  if (config.HERMES_AUTH === 'on') say(`  Log in (once):  ${await hermes.createLoginUrl()}`);
  say(`  Files go to     ${config.HERMES_DOWNLOAD_DIR}`);
  say('');
  say('  Ctrl-C stops it; what is unfinished goes on at the next start.');
  logger.info({ origin: hermes.origin }, 'Started');
  const signal = await untilSignal();
  say('');
  say('Stopping …');
  logger.info({ signal }, 'Stopping');
  const timer = setTimeout(() => {
    process.stderr.write('Stopping took too long; ending now. Nothing is lost: the next start goes on.\n');
    process.exit(1);
  }, STOP_TIMEOUT_MS);
  await hermes.stop();
  clearTimeout(timer);
  say('Stopped.');
}
