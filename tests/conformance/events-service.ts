import { createHash } from 'node:crypto';
import type { Credential } from '@hermes/contracts';
import { Publisher } from '@hermes/event-log';
import type { Redis } from 'ioredis';
import { freePort, ServiceProcess } from '../support/service-process.ts';
import { TestRedis } from '../support/test-redis.ts';

const KEY = 'hermes_conformance';

/** `hermes events` by itself on a Redis of its own, always on the same port: it can be killed and started again. */
export class EventsService {
  readonly key = KEY;
  readonly redis: TestRedis;
  readonly commands: Redis;
  readonly publisher: Publisher;
  readonly origin: string;
  readonly #environment: Record<string, string>;
  #process: ServiceProcess | null = null;

  private constructor(redis: TestRedis, commands: Redis, port: number, environment: Record<string, string>) {
    this.redis = redis;
    this.commands = commands;
    this.publisher = new Publisher(commands, redis.keys);
    this.origin = `http://127.0.0.1:${port}`;
    this.#environment = {
      HERMES_ENABLE_SSE: 'true',
      HERMES_REDIS_URL: redis.url,
      EVENTS_PORT: String(port),
      HERMES_DRAIN_SECONDS: '0',
      ...environment,
    };
  }

  static async start(environment: Record<string, string> = {}): Promise<EventsService> {
    const [redis, port] = await Promise.all([TestRedis.start(), freePort()]);
    const service = new EventsService(redis, await redis.connect('commands'), port, environment);
    const credential: Credential = {
      kind: 'api_key',
      key_id: 'one',
      name: 'one',
      permissions: ['read'],
      expires_at: null,
    };
    const sha256 = createHash('sha256').update(KEY).digest('hex');
    await service.commands.hset(redis.keys.credentials, sha256, JSON.stringify(credential));
    await service.run();
    return service;
  }

  async run(): Promise<void> {
    this.#process = ServiceProcess.hermes(['events'], this.#environment);
    await this.#process.untilOutput(/"Listening"/);
  }

  /** As an operator would. */
  async stop(): Promise<void> {
    await this.#process?.stop();
  }

  /** kill -9. */
  async kill(): Promise<void> {
    await this.#process?.kill();
  }

  async close(): Promise<void> {
    await this.kill();
    await this.redis.close();
  }
}
