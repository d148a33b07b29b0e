import { execFile } from 'node:child_process';
import { cp, mkdir, mkdtemp, readFile, rm } from 'node:fs/promises';
import { request } from 'node:http';
import { connect } from 'node:net';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { promisify } from 'node:util';
import { buildWebIfStale } from '../../packages/hermes/src/run/web-build.ts';
import { freePort, ServiceProcess } from '../support/service-process.ts';
import { TestRedis } from '../support/test-redis.ts';
import { deployedNodeArguments } from './compose-file.ts';

const ROOT = resolve(import.meta.dirname, '../..');
const SQLITE = join(ROOT, 'packages/api/node_modules/better-sqlite3');

/** `events-2` is a second gateway, where one is asked for. */
export type ServiceName = 'api' | 'events' | 'events-2' | 'worker';

export interface DeploymentOptions {
  /** HTTPS (and so HTTP/2) with a certificate of Caddy's own authority; plain HTTP otherwise. */
  tls?: boolean;
  /** Two gateways behind Caddy instead of one. */
  twoGateways?: boolean;
  /** Nobody takes the downloads of the queue: a test plays the worker. */
  withoutWorker?: boolean;
  environment?: Record<string, string>;
}

/** What the compose file starts, as plain processes: the built bundle, outside of the checkout, behind the real Caddy. */
export class Deployment {
  readonly dir: string;
  readonly redis: TestRedis;
  /** Where users come in. */
  readonly origin: string;
  /** Around Caddy. */
  readonly apiOrigin: string;
  readonly eventsOrigin: string;
  readonly caddy: ServiceProcess;
  readonly services = new Map<ServiceName, ServiceProcess>();
  readonly #environment: Record<string, string>;
  readonly #eventsPorts: Record<string, number>;
  readonly #serviceNames: readonly ServiceName[];

  private constructor(
    dir: string,
    redis: TestRedis,
    ports: { caddy: number; api: number; events: number; events2: number },
    caddyProgram: string,
    { tls = false, twoGateways = false, withoutWorker = false, environment = {} }: DeploymentOptions,
  ) {
    this.dir = dir;
    this.redis = redis;
    this.origin = tls ? `https://localhost:${ports.caddy}` : `http://127.0.0.1:${ports.caddy}`;
    this.#eventsPorts = { events: ports.events, 'events-2': ports.events2 };
    this.#serviceNames = [
      'api',
      'events',
      ...(withoutWorker ? [] : (['worker'] as const)),
      ...(twoGateways ? (['events-2'] as const) : []),
    ];
    this.apiOrigin = `http://127.0.0.1:${ports.api}`;
    this.eventsOrigin = `http://127.0.0.1:${ports.events}`;
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
      ...environment,
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
        HERMES_SITE_ADDRESS: tls ? this.origin : `:${ports.caddy}`,
        HERMES_API_UPSTREAM: `127.0.0.1:${ports.api}`,
        HERMES_EVENTS_UPSTREAM: [ports.events, ...(twoGateways ? [ports.events2] : [])]
          .map((port) => `127.0.0.1:${port}`)
          .join(' '),
        HERMES_WEB_ROOT: join(dir, 'app/web'),
      },
      dir,
    );
  }

  static async start(caddyProgram: string, options: DeploymentOptions = {}): Promise<Deployment> {
    const dir = await mkdtemp(join(tmpdir(), 'hermes-deploy-'));
    await buildInto(join(dir, 'app')).catch(async (error: unknown) => {
      await rm(dir, { recursive: true, force: true });
      throw error;
    });
    const redis = await TestRedis.start();
    const [caddy = 0, api = 0, events = 0, events2 = 0] = await freePorts(4);
    const deployment = new Deployment(dir, redis, { caddy, api, events, events2 }, caddyProgram, options);
    try {
      await Promise.all([
        deployment.caddy.until(() => isListening(caddy)),
        ...deployment.#serviceNames.map((name) => deployment.run(name)),
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
    const command = name.replace('-2', '');
    const options = ['--no-strip-types', ...(await deployedNodeArguments(command))];
    const args = [...options, join(this.dir, 'app/hermes.js'), command];
    const port = name === 'api' ? this.#environment.API_PORT : this.#eventsPorts[name];
    const environment = { ...this.#environment, EVENTS_PORT: String(this.#eventsPorts[name] ?? 0) };
    const service = ServiceProcess.run(process.execPath, args, environment, this.dir);
    this.services.set(name, service);
    if (name === 'worker') await service.until(() => service.output.includes('Worker is ready'));
    else {
      const path = name === 'api' ? '/api/v1/health/ready' : '/api/v1/events/health';
      await service.until(() => answers(`http://127.0.0.1:${port}${path}`));
    }
    return service;
  }

  service(name: ServiceName): ServiceProcess {
    const service = this.services.get(name);
    if (service === undefined) throw new Error(`${name} was not started`);
    return service;
  }

  /** With `tls`: the certificate of the authority that Caddy has made for itself. */
  async authority(): Promise<string> {
    return readFile(join(this.dir, 'caddy-data/caddy/pki/authorities/local/root.crt'), 'utf8');
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

/** No port twice. */
async function freePorts(count: number): Promise<number[]> {
  const ports = new Set<number>();
  while (ports.size < count) ports.add(await freePort());
  return [...ports];
}

function isListening(port: number): Promise<boolean> {
  return new Promise((done) => {
    const socket = connect(port, '127.0.0.1');
    socket.once('connect', () => {
      socket.destroy();
      done(true);
    });
    socket.once('error', () => done(false));
  });
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
