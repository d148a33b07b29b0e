import type { Measured } from '../process/measured-event.ts';

/** How a server under test is told of an event. */
export interface EventSource {
  /** Makes downloads, so that there can be progress of them. */
  prepare(downloads: number): Promise<void>;
  fact(measured: Measured): Promise<unknown>;
  progress(downloadId: string, measured: Measured): Promise<unknown>;
  close(): void;
}

/** Where to publish, as data that can be sent to another process. */
export type SourceAddress =
  | { kind: 'log'; redisUrl: string }
  | { kind: 'channel'; redisUrl: string }
  | { kind: 'nchan'; port: number };
