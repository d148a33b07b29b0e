import { lookup } from 'node:dns';
import { connect, isIP, type Socket } from 'node:net';
import { DownloadFailure } from '../engines/download-failure.ts';
import { guardedLookup } from './guarded-agent.ts';
import { isPublicAddress } from './public-address.ts';

interface GuardedConnect {
  /** A name or a numeric address, without brackets. */
  host: string;
  port: number;
  /** `HERMES_ALLOW_PRIVATE_NETWORKS` */
  allowPrivate: boolean;
  timeoutMs: number;
}

/**
 * A raw connection to a public address. As with `createGuardedAgent`, the address that is connected to is what is judged.
 * @throws {DownloadFailure} PRIVATE_ADDRESS_REFUSED; else the system's error, or one of the code ETIMEDOUT.
 */
export async function connectGuarded({ host, port, allowPrivate, timeoutMs }: GuardedConnect): Promise<Socket> {
  if (!allowPrivate && isIP(host) !== 0 && !isPublicAddress(host)) {
    throw new DownloadFailure('PRIVATE_ADDRESS_REFUSED');
  }
  const socket = connect({ host, port, ...(allowPrivate ? {} : { lookup: guardedLookup(lookup) }) });
  return new Promise((done, fail) => {
    const late = () => socket.destroy(Object.assign(new Error('connecting took too long'), { code: 'ETIMEDOUT' }));
    const timer = setTimeout(late, timeoutMs);
    socket.once('error', (error) => {
      clearTimeout(timer);
      fail(error);
    });
    socket.once('connect', () => {
      clearTimeout(timer);
      socket.removeAllListeners('error');
      done(socket);
    });
  });
}
