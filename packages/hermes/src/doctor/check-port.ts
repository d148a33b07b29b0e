import { createServer } from 'node:net';
import { EVENTS_BASE } from '@hermes/contracts';
import type { Config } from '@hermes/runtime';
import { type Finding, ok, problem } from './finding.ts';

/** Whether the port can be listened on, or is held by a Hermes already. */
export async function checkPort(config: Config): Promise<Finding> {
  const where = `${config.HERMES_HOST}:${config.HERMES_PORT}`;
  const code = await tryListening(config.HERMES_HOST, config.HERMES_PORT);
  if (code === null) return ok('port', `${where} is free`);
  if (code === 'EADDRINUSE') {
    if (await isHermes(config)) return ok('port', `${where} is held by a Hermes that runs`);
    return problem('port', `${where} is taken by another program`, `Stop it, or set HERMES_PORT to another port`);
  }
  return problem('port', `${where} cannot be listened on (${code})`, 'Choose another HERMES_HOST or HERMES_PORT');
}

function tryListening(host: string, port: number): Promise<string | null> {
  return new Promise((done) => {
    const server = createServer();
    server.once('error', (error: NodeJS.ErrnoException) => done(error.code ?? error.message));
    server.listen({ host, port }, () => server.close(() => done(null)));
  });
}

async function isHermes(config: Config): Promise<boolean> {
  try {
    const response = await fetch(`http://${config.HERMES_HOST}:${config.HERMES_PORT}${EVENTS_BASE}/health`, {
      signal: AbortSignal.timeout(2000),
    });
    return response.ok && 'heartbeat_interval' in ((await response.json()) as object);
  } catch {
    return false;
  }
}
