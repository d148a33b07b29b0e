import { mkdir, mkdtemp, readFile, rm, symlink } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { connectRedis } from '@hermes/runtime';
import { freePort, ServiceProcess } from '../support/service-process.ts';
import { CACHE_DIR } from '../support/test-redis.ts';

/** `hermes start`, run as a person would run it, in a home of its own. */
export class TestHermes {
  readonly home: string;
  readonly origin: string;
  readonly key: string;
  readonly process: ServiceProcess;
  /** As it was printed; it works once. */
  readonly loginUrl: string;

  private constructor(home: string, origin: string, key: string, started: ServiceProcess, loginUrl: string) {
    this.home = home;
    this.origin = origin;
    this.key = key;
    this.process = started;
    this.loginUrl = loginUrl;
  }

  static async start(env: Record<string, string> = {}, home?: string): Promise<TestHermes> {
    const dir = home ?? (await mkdtemp(join(tmpdir(), 'hermes-e2e-')));
    // What was unpacked for the tests serves here, too, and the other way round.
    if (home === undefined) {
      await mkdir(CACHE_DIR, { recursive: true });
      await symlink(CACHE_DIR, join(dir, 'cache'));
    }
    const port = await freePort();
    const started = ServiceProcess.hermes(['start'], {
      HERMES_HOME: dir,
      HERMES_PORT: String(port),
      HERMES_ALLOW_PRIVATE_NETWORKS: 'true',
      HERMES_CONCURRENCY: '5',
      ...env,
    });
    const [, loginUrl = ''] = await started.untilOutput(/Log in \(once\): +(\S+)/);
    await started.untilOutput(/Ctrl-C/);
    const key = (await readFile(join(dir, 'admin.key'), 'utf8')).trim();
    return new TestHermes(dir, `http://127.0.0.1:${port}`, key, started, loginUrl);
  }

  get authorization(): Record<string, string> {
    return { authorization: `Bearer ${this.key}` };
  }

  get redisUrl(): string {
    return `unix://${join(this.home, 'redis/redis.sock')}`;
  }

  /** @param path below `/api/v1`. */
  async get<Answer>(path: string): Promise<Answer> {
    const response = await fetch(`${this.origin}/api/v1${path}`, { headers: this.authorization });
    if (!response.ok) throw new Error(`GET ${path} was answered with ${response.status}: ${await response.text()}`);
    return (await response.json()) as Answer;
  }

  async redisPid(): Promise<number> {
    const redis = await connectRedis(this.redisUrl, 'commands');
    try {
      return Number(/^process_id:(\d+)/m.exec(await redis.info('server'))?.[1]);
    } finally {
      redis.disconnect();
    }
  }

  /** As an operator would, who updates it: it writes everything to disk first. @returns the pid that it had. */
  async stopRedis(): Promise<number> {
    const pid = await this.redisPid();
    process.kill(pid, 'SIGTERM');
    return pid;
  }

  async close(): Promise<void> {
    await this.process.stop();
    await rm(this.home, { recursive: true, force: true });
  }
}
