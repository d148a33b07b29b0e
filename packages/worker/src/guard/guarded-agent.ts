import { type LookupAddress, lookup } from 'node:dns';
import { isIP, type LookupFunction } from 'node:net';
import { Agent, buildConnector } from 'undici';
import { DownloadFailure } from '../engines/download-failure.ts';
import { isPublicAddress } from './public-address.ts';

interface AgentOptions {
  /** `HERMES_ALLOW_PRIVATE_NETWORKS` */
  allowPrivate: boolean;
  /** How long the other side may say nothing: while connecting, before the headers, and within the body. */
  idleTimeoutMs: number;
}

/**
 * An agent that connects to public addresses only. It judges the address that is connected to and not the name, so
 * that a name which resolves differently a moment later (DNS rebinding) gains nothing, and every redirect is judged
 * again by connecting again.
 */
export function createGuardedAgent({ allowPrivate, idleTimeoutMs }: AgentOptions): Agent {
  const connect = buildConnector({
    timeout: idleTimeoutMs,
    allowH2: false,
    ...(allowPrivate ? {} : { lookup: guardedLookup(lookup) }),
  });
  const guarded: buildConnector.connector = (options, callback) => {
    // A numeric host is connected to without a lookup.
    const host = options.hostname.replace(/^\[|\]$/g, '');
    if (isIP(host) !== 0 && !isPublicAddress(host)) {
      callback(refusal(), null);
      return;
    }
    connect(options, callback);
  };
  return new Agent({
    connect: allowPrivate ? connect : guarded,
    headersTimeout: idleTimeoutMs,
    bodyTimeout: idleTimeoutMs,
  });
}

/** A resolver that hands on public addresses only, and refuses a name that has no other. */
export function guardedLookup(resolve: typeof lookup): LookupFunction {
  return (hostname, options, callback) => {
    resolve(hostname, { ...options, all: true }, (error, addresses: LookupAddress[]) => {
      if (error !== null) return callback(error, '', 0);
      const open = addresses.filter(({ address }) => isPublicAddress(address));
      const [first] = open;
      if (first === undefined) return callback(refusal(), '', 0);
      return options.all ? callback(null, open) : callback(null, first.address, first.family);
    });
  };
}

function refusal(): DownloadFailure {
  return new DownloadFailure('PRIVATE_ADDRESS_REFUSED');
}
