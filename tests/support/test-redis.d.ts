import { type RedisRole } from '@hermes/runtime';
import type { Redis } from 'ioredis';
/** Where the server program is unpacked once, for all test files. */
export declare const CACHE_DIR: string;
/** A real Redis of this test file's own, that can be stopped, killed and started again on the same data. */
export declare class TestRedis {
  #private;
  readonly keys: import('@hermes/contracts').Keyspace;
  readonly dir: string;
  private constructor();
  static start(): Promise<TestRedis>;
  get url(): string;
  get pid(): number;
  /** A connection that `close` ends. */
  connect(role: RedisRole): Promise<Redis>;
  /** Starts the server on what lies in its directory. */
  restart(): Promise<void>;
  /** Ends the server as an operator would. */
  stop(): Promise<void>;
  /** kill -9. */
  kill(): Promise<void>;
  close(): Promise<void>;
}
