import { readdirSync } from 'node:fs';
import { freePort, ServiceProcess } from '../support/service-process.ts';
import type { TestRedis } from '../support/test-redis.ts';

/** `hermes events` as an operator runs it, which can be killed and started again at the same place. */
export class GatewayProcess {
  readonly port: number;
  readonly #environment: Record<string, string>;
  readonly #nodeOptions: string;
  #service: ServiceProcess | null = null;

  private constructor(port: number, redis: TestRedis, environment: Record<string, string>) {
    this.port = port;
    this.#nodeOptions = environment.NODE_OPTIONS ?? '';
    this.#environment = {
      HERMES_REDIS_URL: redis.url,
      HERMES_HOME: redis.dir,
      HERMES_AUTH: 'off',
      HERMES_ENABLE_SSE: 'true',
      HERMES_DRAIN_SECONDS: '0',
      EVENTS_PORT: String(port),
      HERMES_SSE_MAX_CONNECTIONS: '5000',
      HERMES_SSE_MAX_CONNECTIONS_PER_ADDRESS: '5000',
      ...environment,
    };
  }

  static async start(redis: TestRedis, environment: Record<string, string> = {}): Promise<GatewayProcess> {
    const gateway = new GatewayProcess(await freePort(), redis, environment);
    await gateway.run();
    return gateway;
  }

  async run(): Promise<void> {
    this.#service = ServiceProcess.hermes(['events'], { ...this.#environment, NODE_OPTIONS: this.#nodeOptions });
    await this.#service.until(() => this.isListening());
  }

  get origin(): string {
    return `http://127.0.0.1:${this.port}`;
  }

  stream(channels = 'system'): string {
    return `${this.origin}/api/v1/events/stream?channels=${channels}`;
  }

  async kill(): Promise<void> {
    await this.#service?.kill();
  }

  signal(signal: NodeJS.Signals): void {
    this.#service?.signal(signal);
  }

  async activeConnections(): Promise<number> {
    const answer = await fetch(`${this.origin}/api/v1/events/health`);
    return (await answer.json()).active_connections;
  }

  /** Sums up all series of a metric. */
  async metric(name: string): Promise<number> {
    const text = await (await fetch(`${this.origin}/metrics`)).text();
    const lines = text.split('\n').filter((line) => line.startsWith(`${name} `) || line.startsWith(`${name}{`));
    return lines.reduce((sum, line) => sum + Number(line.slice(line.lastIndexOf(' '))), 0);
  }

  get openFiles(): number {
    return readdirSync(`/proc/${this.#service?.pid}/fd`).length;
  }

  async isListening(): Promise<boolean> {
    return fetch(`${this.origin}/api/v1/events/health`).then(
      (answer) => answer.ok,
      () => false,
    );
  }
}
