import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { keyspace } from '@hermes/contracts';
import { connectRedis, type EmbeddedRedis, findRedisServer, type RedisRole, startEmbeddedRedis } from '@hermes/runtime';
import type { Redis } from 'ioredis';

/** Where the server program is unpacked once, for all test files. */
export const CACHE_DIR = resolve(import.meta.dirname, '../../node_modules/.cache/hermes');

/** A real Redis of this test file's own, that can be stopped, killed and started again on the same data. */
export class TestRedis {
  readonly keys = keyspace('');
  readonly dir: string;
  #server: EmbeddedRedis | null = null;
  readonly #connections: Redis[] = [];

  private constructor(dir: string) {
    this.dir = dir;
  }

  static async start(): Promise<TestRedis> {
    const redis = new TestRedis(await mkdtemp(join(tmpdir(), 'hermes-test-')));
    await redis.restart();
    return redis;
  }

  get url(): string {
    return this.#running().url;
  }

  get pid(): number {
    return this.#running().pid;
  }

  /** A connection that `close` ends. */
  async connect(role: RedisRole): Promise<Redis> {
    const connection = await connectRedis(this.url, role);
    this.#connections.push(connection);
    return connection;
  }

  /** Starts the server on what lies in its directory. */
  async restart(): Promise<void> {
    const program = await findRedisServer(CACHE_DIR, () => {});
    this.#server = await startEmbeddedRedis(program, this.dir);
  }

  /** Ends the server as an operator would. */
  async stop(): Promise<void> {
    await this.#running().stop();
  }

  /** kill -9. */
  async kill(): Promise<void> {
    process.kill(this.pid, 'SIGKILL');
    await this.#running().ended;
  }

  async close(): Promise<void> {
    for (const connection of this.#connections) connection.disconnect();
    await this.#server?.stop();
    await rm(this.dir, { recursive: true, force: true });
  }

  #running(): EmbeddedRedis {
    if (this.#server === null) throw new Error('Redis has not been started');
    return this.#server;
  }
}
