import { EVENTS_BASE } from '@hermes/contracts';
import type { Config } from '@hermes/runtime';
import { findHomeOwner } from '../run/home-lock.ts';
import { originOf, tryListening } from '../run/listen.ts';
import { type Finding, ok, problem } from './finding.ts';

/** Whether the port can be listened on, or is held by the Hermes of this home already. */
export async function checkPort(config: Config): Promise<Finding> {
  const where = `${config.HERMES_HOST}:${config.HERMES_PORT}`;
  const code = await tryListening(config.HERMES_HOST, config.HERMES_PORT);
  if (code === null) return ok('port', `${where} is free`);
  if (code !== 'EADDRINUSE') {
    return problem('port', `${where} cannot be listened on (${code})`, 'Choose another HERMES_HOST or HERMES_PORT');
  }
  const holder = (await isHermes(config)) ? 'Hermes' : 'program';
  if (holder === 'Hermes' && (await findHomeOwner(config)) !== null) {
    return ok('port', `${where} is held by the Hermes that runs on this home`);
  }
  return problem('port', `${where} is taken by another ${holder}`, 'Stop it, or set HERMES_PORT to another port');
}

async function isHermes(config: Config): Promise<boolean> {
  try {
    const response = await fetch(`${originOf(config.HERMES_HOST, config.HERMES_PORT)}${EVENTS_BASE}/health`, {
      signal: AbortSignal.timeout(2000),
    });
    return response.ok && 'heartbeat_interval' in ((await response.json()) as object);
  } catch {
    return false;
  }
}
