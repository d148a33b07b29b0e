import { loadConfig } from '@hermes/runtime';
import { cacheDirOf, prepareDirectory } from '../run/home.ts';
import { type RunningHermes, runHermes } from '../run/run-hermes.ts';
import { listenForStop } from '../run/stop-signal.ts';
import { createTerminalLogger } from '../run/terminal-logger.ts';
import { buildWebIfStale, WEB_ROOT } from '../run/web-build.ts';

/**
 * Runs everything until it is told to stop, which may also be while it starts.
 * @throws {SetupError} if it cannot start, or cannot go on.
 */
export async function start(): Promise<void> {
  // Here streams are on unless somebody says otherwise; a bare deploy is the other way round.
  const config = loadConfig({ HERMES_ENABLE_SSE: 'true', ...process.env });
  const say = (line: string) => void process.stdout.write(`${line}\n`);
  const { signal, release } = listenForStop();
  let hermes: RunningHermes | undefined;
  try {
    await prepareDirectory('HERMES_HOME', config.HERMES_HOME, 0o700);
    await buildWebIfStale(say, signal);
    const logger = createTerminalLogger(config.HERMES_HOME, (line) => void process.stderr.write(`${line}\n`));
    hermes = await runHermes({
      config,
      logger,
      webRoot: WEB_ROOT,
      cacheDir: cacheDirOf(config),
      onProgress: say,
      signal,
    });
    const login =
      config.HERMES_AUTH === 'on'
        ? `Log in (once):  ${await hermes.createLoginUrl()}`
        : 'Whoever uses this machine may use it: HERMES_AUTH=off';
    say('');
    say(`  Hermes runs at  ${hermes.origin}`);
    for (const origin of hermes.networkOrigins) say(`  In the network  ${origin}`);
    say(`  ${login}`);
    if (hermes.networkOrigins.length > 0)
      say('                  (from another machine: the same with its address above)');
    say(`  Files go to     ${config.HERMES_DOWNLOAD_DIR}`);
    say('');
    say('  Ctrl-C stops it; what is unfinished goes on at the next start.');
    logger.info({ origin: hermes.origin }, 'Started');
    const failure = await Promise.race([untilAborted(signal), hermes.failed]);
    logger.info(failure === null ? {} : { err: failure }, 'Stopping');
    if (failure !== null) throw failure;
  } catch (error) {
    if (!signal.aborted) throw error;
  } finally {
    if (signal.aborted) say('\nStopping …');
    await hermes?.stop();
    release();
  }
  say('Stopped.');
}

function untilAborted(signal: AbortSignal): Promise<null> {
  return new Promise((done) => {
    if (signal.aborted) done(null);
    signal.addEventListener('abort', () => done(null), { once: true });
  });
}
