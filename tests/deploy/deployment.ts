import { execFile } from 'node:child_process';
import { cp, mkdir, mkdtemp, readFile, rm } from 'node:fs/promises';
import { request } from 'node:http';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { promisify } from 'node:util';
import { buildWebIfStale } from '../../packages/hermes/src/run/web-build.ts';
import { freePort, ServiceProcess } from '../support/service-process.ts';
import { TestRedis } from '../support/test-redis.ts';

const ROOT = resolve(import.meta.dirname, '../..');
const SQLITE = join(ROOT, 'packages/api/node_modules/better-sqlite3');

export type ServiceName = 'api' | 'events' | 'worker';

/** What the compose file starts, as plain processes: the built bundle, outside of the checkout, behind the real Caddy. */
export class Deployment {
  readonly dir: string;
  readonly redis: TestRedis;
  /** Where users come in. */
  readonly origin: string;
  /** Around Caddy. */
  readonly apiOrigin: string;
  readonly caddy: ServiceProcess;
  readonly services = new Map<ServiceName, ServiceProcess>();
  readonly #environment: Record<string, string>;

  private constructor(
    dir: string,
    redis: TestRedis,
    ports: { caddy: number; api: number; events: number },
    caddyProgram: string,
  ) {
    this.dir = dir;
    this.redis = redis;
    this.origin = `http://127.0.0.1:${ports.caddy}`;
    this.apiOrigin = `http://127.0.0.1:${ports.api}`;
    this.#environment = {
      PATH: process.env.PATH ?? '',
      HOME: dir,
      HERMES_HOME: this.home,
      HERMES_REDIS_URL: redis.url,
      HERMES_ENABLE_SSE: 'true',
      HERMES_ALLOW_PRIVATE_NETWORKS: 'true',
      HERMES_TRUSTED_PROXIES: '127.0.0.1',
      HERMES_SSE_MAX_CONNECTIONS_PER_ADDRESS: '3',
      HERMES_DRAIN_SECONDS: '1',
      API_PORT: String(ports.api),
      EVENTS_PORT: String(ports.events),
    };
    const caddyfile = join(ROOT, 'Caddyfile');
    this.caddy = ServiceProcess.run(
      caddyProgram,
      ['run', '--config', caddyfile],
      {
        PATH: process.env.PATH ?? '',
        HOME: dir,
        XDG_DATA_HOME: join(dir, 'caddy-data'),
        XDG_CONFIG_HOME: join(dir, 'caddy-config'),
        HERMES_SITE_ADDRESS: `:${ports.caddy}`,
        HERMES_API_UPSTREAM: `127.0.0.1:${ports.api}`,
        HERMES_EVENTS_UPSTREAM: `127.0.0.1:${ports.events}`,
        HERMES_WEB_ROOT: join(dir, 'app/web'),
      },
      dir,
    );
  }

  static async start(caddyProgram: string): Promise<Deployment> {
    const dir = await mkdtemp(join(tmpdir(), 'hermes-deploy-'));
    await buildInto(join(dir, 'app')).catch(async (error: unknown) => {
      await rm(dir, { recursive: true, force: true });
      throw error;
    });
    const [redis, caddy, api, events] = await Promise.all([TestRedis.start(), freePort(), freePort(), freePort()]);
    const deployment = new Deployment(dir, redis, { caddy, api, events }, caddyProgram);
    try {
      await Promise.all([
        deployment.caddy.until(() => answers(`${deployment.origin}/health`)),
        deployment.run('api'),
        deployment.run('events'),
        deployment.run('worker'),
      ]);
    } catch (error) {
      await deployment.close();
      throw error;
    }
    return deployment;
  }

  get home(): string {
    return join(this.dir, 'home');
  }

  /** Starts a service, and waits until it is of use. */
  async run(name: ServiceName): Promise<ServiceProcess> {
    // Without type stripping: nothing of the sources may be needed. From elsewhere: nor any path relative to here.
    const args = ['--no-strip-types', join(this.dir, 'app/hermes.js'), name];
    const service = ServiceProcess.run(process.execPath, args, this.#environment, this.dir);
    this.services.set(name, service);
    if (name === 'worker') await service.until(() => service.output.includes('Worker is ready'));
    else {
      const path = name === 'api' ? '/api/v1/health/ready' : '/api/v1/events/health';
      const port = name === 'api' ? this.#environment.API_PORT : this.#environment.EVENTS_PORT;
      await service.until(() => answers(`http://127.0.0.1:${port}${path}`));
    }
    return service;
  }

  service(name: ServiceName): ServiceProcess {
    const service = this.services.get(name);
    if (service === undefined) throw new Error(`${name} was not started`);
    return service;
  }

  async adminKey(): Promise<string> {
    return (await readFile(join(this.home, 'admin.key'), 'utf8')).trim();
  }

  async close(): Promise<void> {
    for (const service of [...this.services.values(), this.caddy]) await service.kill();
    await this.redis.close();
    await rm(this.dir, { recursive: true, force: true });
  }
}

/** The bundle and what it declares to need, and nothing else; the same that the Dockerfile puts into the image. */
async function buildInto(app: string): Promise<void> {
  await buildWebIfStale(() => {}, new AbortController().signal);
  await promisify(execFile)(process.execPath, [join(ROOT, 'packages/hermes/build.ts'), app]);
  const installed = join(app, 'node_modules/better-sqlite3');
  await mkdir(installed, { recursive: true });
  for (const part of ['package.json', 'lib', `prebuilds/${process.platform}-${process.arch}.node`]) {
    await cp(join(SQLITE, part), join(installed, part), { recursive: true });
  }
}

async function answers(url: string): Promise<boolean> {
  return fetch(url).then(
    (response) => response.ok,
    () => false,
  );
}

/** A request as if from another machine: every 127.x address is one of our own. */
export function requestFrom(
  localAddress: string,
  url: string,
  headers: Record<string, string>,
): Promise<{ status: number; headers: NodeJS.Dict<string | string[]>; hangUp: () => void }> {
  return new Promise((done, fail) => {
    const call = request(url, { localAddress, headers, agent: false }, (response) => {
      response.on('error', () => {});
      done({ status: response.statusCode ?? 0, headers: response.headers, hangUp: () => response.destroy() });
    });
    call.once('error', fail);
    call.end();
  });
}
