import { execFile } from 'node:child_process';
import { promisify } from 'node:util';
import type { EngineName } from '@hermes/contracts';
import { type Config, childEnvironment, findOnPath, type Logger } from '@hermes/runtime';
import { GuardedProxy } from '../guard/guarded-proxy.ts';
import type { Engine } from './engine.ts';
import { HttpEngine } from './http-engine.ts';
import { YtdlpEngine } from './ytdlp-engine.ts';

/** The version, a date, that can be told which JavaScript to run. */
const FIRST_WITH_RUNTIMES = '2025.11.12';

interface StartEngines {
  config: Config;
  logger: Logger;
  /** How long a server may say nothing. */
  idleTimeoutMs: number;
}

export type Engines = Partial<Record<EngineName, Engine>> & { 'yt-dlp'?: YtdlpEngine };

/** The engines that this machine has: yt-dlp where it is installed. */
export async function startEngines(options: StartEngines): Promise<Engines> {
  const { config, idleTimeoutMs } = options;
  const http = new HttpEngine({
    allowPrivate: config.HERMES_ALLOW_PRIVATE_NETWORKS,
    maxBytes: config.HERMES_MAX_DOWNLOAD_SIZE,
    idleTimeoutMs,
  });
  const ytdlp = await startYtdlp(options);
  return ytdlp === null ? { http } : { http, 'yt-dlp': ytdlp };
}

async function startYtdlp({ config, logger, idleTimeoutMs }: StartEngines): Promise<YtdlpEngine | null> {
  const program = findOnPath(['yt-dlp']);
  if (program === null) {
    logger.info('yt-dlp is not installed: downloads that ask for it fail');
    return null;
  }
  let version: string;
  const hasFfmpeg = findOnPath(['ffmpeg']) !== null;
  try {
    const env = childEnvironment({});
    const { stdout } = await promisify(execFile)(program, ['--ignore-config', '--version'], { env, timeout: 30_000 });
    version = stdout.trim();
    logger.info({ program, version, ffmpeg: hasFfmpeg }, 'yt-dlp is there');
  } catch (error) {
    logger.warn({ err: error, program }, 'yt-dlp does not run: downloads that ask for it fail');
    return null;
  }
  const proxy = await GuardedProxy.start({ allowPrivate: config.HERMES_ALLOW_PRIVATE_NETWORKS, idleTimeoutMs });
  const jsRuntime = version >= FIRST_WITH_RUNTIMES ? `node:${process.execPath}` : null;
  return new YtdlpEngine({
    program,
    hasFfmpeg,
    jsRuntime,
    proxy,
    maxBytes: config.HERMES_MAX_DOWNLOAD_SIZE,
    idleTimeoutMs,
  });
}
