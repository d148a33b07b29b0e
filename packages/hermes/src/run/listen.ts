import { createServer } from 'node:net';
import { networkInterfaces } from 'node:os';
import type { Config } from '@hermes/runtime';
import { SetupError } from './home.ts';

/** Every address of this machine; and one of them that a program on it can always reach. */
const WILDCARDS: Record<string, string> = { '0.0.0.0': '127.0.0.1', '::': '[::1]' };

/** Where a server that listens on `host` and `port` is reached from this machine. */
export function originOf(host: string, port: number): string {
  return `http://${WILDCARDS[host] ?? (host.includes(':') ? `[${host}]` : host)}:${port}`;
}

/** Where it is reached from other machines, if it listens on all addresses. */
export function networkOrigins(host: string, port: number): string[] {
  if (WILDCARDS[host] === undefined) return [];
  return Object.values(networkInterfaces())
    .flatMap((addresses) => addresses ?? [])
    .filter(({ internal, family }) => !internal && family === 'IPv4')
    .map(({ address }) => originOf(address, port));
}

/** @returns the error code with which listening fails, or null if it works. */
export function tryListening(host: string, port: number): Promise<string | null> {
  return new Promise((done) => {
    const server = createServer();
    server.once('error', (error: NodeJS.ErrnoException) => done(error.code ?? error.message));
    server.listen({ host, port }, () => server.close(() => done(null)));
  });
}

/** What to tell whoever wanted to listen there, or null if the error is none of the set-up. */
export function listenError(config: Config, code: string | undefined): SetupError | null {
  const { HERMES_HOST: host, HERMES_PORT: port } = config;
  const where = host.includes(':') ? `[${host}]:${port}` : `${host}:${port}`;
  if (code === 'EADDRINUSE') {
    const other = port === 65_535 ? 3000 : port + 1;
    return new SetupError(
      `${where} is taken by another program. Stop it, or choose another port: HERMES_PORT=${other}`,
    );
  }
  if (['EACCES', 'EADDRNOTAVAIL', 'ENOTFOUND', 'EAI_AGAIN', 'EAFNOSUPPORT', 'EINVAL'].includes(code ?? '')) {
    return new SetupError(`${where} cannot be listened on (${code}). Choose another HERMES_HOST or HERMES_PORT.`);
  }
  return null;
}
