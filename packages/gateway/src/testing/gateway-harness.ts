import type { Credential, DownloadProgress, Keyspace, StreamToken, VariableName } from '@hermes/contracts';
import { Publisher } from '@hermes/event-log';
import { createLogger, hashSecret, loadConfig } from '@hermes/runtime';
import type { FastifyInstance } from 'fastify';
import type { Redis } from 'ioredis';
import { vi } from 'vitest';
import { makeNewDownload } from '../../../../tests/support/make-new-download.ts';
import { type MetricSample, metricSamples } from '../../../../tests/support/metric-samples.ts';
import { TestRedis } from '../../../../tests/support/test-redis.ts';
import { TestStream } from '../../../../tests/support/test-stream.ts';
import { buildGatewayApp } from '../app.ts';
import { createObservedGateway, type Gateway } from '../gateway.ts';
import { DEFAULT_WINDOW, type WindowLimits } from '../hub/recent-window.ts';
import type { StreamContext } from '../open-stream.ts';

/** A key that the harness mirrors with every permission but admin. */
export const TEST_KEY = 'hermes_test-key';

/** The machine may be busy with other things. */
export const WAIT = { timeout: 15_000, interval: 20 };

/** A gateway on a real port, with a real Redis of its own. */
export class GatewayHarness {
  readonly redis: TestRedis;
  readonly commands: Redis;
  readonly publisher: Publisher;
  readonly logLines: string[] = [];
  app!: FastifyInstance;
  gateway!: Gateway;
  /** What the gateway holds. */
  context!: StreamContext;
  origin = '';
  readonly #env: Partial<Record<VariableName, string>>;
  readonly #window: WindowLimits;
  readonly #streams: TestStream[] = [];
  readonly #beside: GatewayHarness[] = [];

  private constructor(
    redis: TestRedis,
    commands: Redis,
    env: Partial<Record<VariableName, string>>,
    window: WindowLimits,
  ) {
    this.redis = redis;
    this.commands = commands;
    this.publisher = new Publisher(commands, redis.keys);
    this.#env = env;
    this.#window = window;
  }

  static async start(
    env: Partial<Record<VariableName, string>> = {},
    window = DEFAULT_WINDOW,
  ): Promise<GatewayHarness> {
    const redis = await TestRedis.start();
    const harness = new GatewayHarness(redis, await redis.connect('commands'), env, window);
    await harness.mirror(TEST_KEY, { permissions: ['read', 'write', 'download'] });
    await harness.startGateway();
    return harness;
  }

  /** One more gateway on the Redis of another harness, which closes it. */
  static async beside(first: GatewayHarness, env: Partial<Record<VariableName, string>> = {}): Promise<GatewayHarness> {
    const harness = new GatewayHarness(first.redis, first.commands, env, DEFAULT_WINDOW);
    await harness.startGateway();
    first.#beside.push(harness);
    return harness;
  }

  get keys(): Keyspace {
    return this.redis.keys;
  }

  async startGateway(): Promise<void> {
    const options = {
      config: loadConfig({ HERMES_DRAIN_SECONDS: '0', ...this.#env }),
      redisUrl: this.redis.url,
      logger: createLogger('events', 'debug', { write: (line: string) => void this.logLines.push(line) }),
      sseEnabled: this.#env.HERMES_ENABLE_SSE !== 'false',
    };
    const { gateway, context } = await createObservedGateway(options, this.#window);
    const app = await buildGatewayApp(options, gateway);
    this.context = context;
    this.app = app;
    this.gateway = gateway;
    this.origin = await app.listen({ host: '127.0.0.1', port: 0 });
  }

  async mirror(key: string, credential: Partial<Exclude<Credential, StreamToken>>): Promise<void> {
    const whole: Credential = {
      kind: 'api_key',
      key_id: `id-of-${key}`,
      name: 'test',
      permissions: ['read'],
      expires_at: null,
      ...credential,
    };
    await this.commands.hset(this.keys.credentials, hashSecret(key), JSON.stringify(whole));
  }

  async open(path: string, headers: Record<string, string> = {}): Promise<TestStream> {
    const stream = await TestStream.open(`${this.origin}${path}`, { authorization: `Bearer ${TEST_KEY}`, ...headers });
    this.#streams.push(stream);
    return stream;
  }

  /** With a stream token and nothing else. */
  async openByToken(path: string, token: string): Promise<TestStream> {
    const url = `${this.origin}${path}${path.includes('?') ? '&' : '?'}token=${encodeURIComponent(token)}`;
    const stream = await TestStream.open(url, {});
    this.#streams.push(stream);
    return stream;
  }

  /** Asks for a stream token. */
  async createToken(body: unknown, key = TEST_KEY): Promise<Response> {
    return fetch(`${this.origin}/api/v1/events/token`, {
      method: 'POST',
      headers: { authorization: `Bearer ${key}`, 'content-type': 'application/json' },
      body: JSON.stringify(body),
    });
  }

  /** A plain request, with the key unless `headers` say otherwise. */
  async get(path: string, init: RequestInit = {}): Promise<Response> {
    const headers = {
      accept: 'text/event-stream',
      'accept-encoding': 'identity',
      authorization: `Bearer ${TEST_KEY}`,
      ...init.headers,
    };
    return fetch(`${this.origin}${path}`, { ...init, headers });
  }

  /** What `/metrics` says now. */
  async scrape(): Promise<MetricSample[]> {
    return metricSamples(await (await fetch(`${this.origin}/metrics`)).text());
  }

  /** Waits until the hub has dispatched everything that is in the log. */
  async settled(): Promise<void> {
    await vi.waitFor(async () => {
      const seq = Number((await this.commands.get(this.keys.seq)) ?? 0);
      if (this.context.hub.position.seq !== seq) throw new Error(`The hub is not at ${seq} yet`);
    }, WAIT);
  }

  async createDownload(id: string): Promise<void> {
    const verdict = await this.publisher.createDownload(makeNewDownload(id));
    if (!verdict.accepted) throw new Error(`${id} was refused: ${verdict.reason}`);
  }

  async progress(id: string, percent: number, attempt = 1): Promise<void> {
    const progress: DownloadProgress = {
      download_id: id,
      status: 'downloading',
      progress: percent,
      downloaded_bytes: percent * 10,
      total_bytes: 1000,
      download_speed: 100,
      eta: 1,
    };
    const verdict = await this.publisher.publishProgress(attempt, progress);
    if (!verdict.accepted) throw new Error(`Progress of ${id} was refused: ${verdict.reason}`);
  }

  async close(): Promise<void> {
    const all = [this, ...this.#beside];
    for (const stream of all.flatMap((each) => each.#streams)) stream.close();
    // Side by side: a gateway that does not close must not leave a Redis behind as well.
    await Promise.all([...all.map((each) => each.app.close()), this.redis.close()]);
  }
}
