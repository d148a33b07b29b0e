import { EnvironmentError } from '@hermes/contracts';
import { type Config, loadConfig } from '@hermes/runtime';
import { isWebBuilt } from '../run/web-assets.ts';
import { WEB_ROOT } from '../run/web-build.ts';
import { checkHome } from './check-home.ts';
import { checkPort } from './check-port.ts';
import { checkRedis } from './check-redis.ts';
import { type Finding, ok, problem, warning } from './finding.ts';

const MARKS = { ok: '✓', warning: '!', problem: '✗' };

/**
 * Says what is wrong with the set-up and how to mend it.
 * @returns whether Hermes can run on it; warnings do not prevent that.
 */
export async function doctor(options: { json?: boolean }): Promise<boolean> {
  const findings = await examine();
  const isFit = findings.every(({ status }) => status !== 'problem');
  if (options.json) {
    process.stdout.write(`${JSON.stringify({ ok: isFit, findings })}\n`);
    return isFit;
  }
  for (const { check, status, detail, mend } of findings) {
    process.stdout.write(`${MARKS[status]} ${check.padEnd(18)} ${detail}\n`);
    if (mend !== null) process.stdout.write(`  ${' '.repeat(18)} → ${mend}\n`);
  }
  process.stdout.write(isFit ? '\nHermes can run here.\n' : '\nHermes cannot run here yet: see ✗ above.\n');
  return isFit;
}

async function examine(): Promise<Finding[]> {
  const node = ok('node', process.version);
  let config: Config;
  try {
    config = loadConfig();
  } catch (error) {
    if (!(error instanceof EnvironmentError)) throw error;
    return [
      node,
      problem('configuration', error.message, `Correct ${error.variable}; .env.example lists what is allowed`),
    ];
  }
  return [
    node,
    ok('configuration', 'every variable is allowed'),
    ...(await checkHome(config)),
    await checkPort(config),
    ...(await checkRedis(config)),
    checkWeb(WEB_ROOT),
  ];
}

/** @param root where the build of the web app should lie. */
export function checkWeb(root: string): Finding {
  if (isWebBuilt(root)) return ok('web app', 'built');
  return warning('web app', `there is no build of it at ${root}`, '`pnpm start` builds it; or run `pnpm build`');
}
