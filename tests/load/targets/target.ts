import type { StreamAddress } from '../clients/load-client.ts';
import type { SourceAddress } from '../publishers/event-source.ts';

export type TargetName = 'hermes' | 'nchan' | 'better-sse' | 'per-client';

/** A server under test that runs. */
export interface Target {
  readonly name: TargetName;
  /** Of the server's process; its children count with it. */
  readonly pid: number;
  /** Null: it needs none. */
  readonly redisPid: number | null;
  readonly source: SourceAddress;
  /** A stream of all facts. */
  readonly stream: StreamAddress;
  /** A stream of the progress of one download. */
  downloadStream(downloadId: string): StreamAddress;
  /** Ends the server as a crash would, and starts it again at the same place. Resolves when it takes connections. */
  restart(whileAway: () => Promise<void>): Promise<void>;
  stop(): Promise<void>;
}

/** What is asked of a target beside what it does by itself. */
export interface TargetOptions {
  /** More of the server's environment. */
  env?: Record<string, string>;
  /** Node's options, e.g. for a profile. */
  nodeOptions?: readonly string[];
}

export const TITLES: Record<TargetName, string> = {
  hermes: 'Hermes',
  nchan: 'nginx + Nchan',
  'better-sse': 'better-sse',
  'per-client': 'a Redis subscriber per client',
};
