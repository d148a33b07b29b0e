import { execFileSync } from 'node:child_process';
import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { VARIABLES } from '@hermes/contracts';
import { loadConfig } from '@hermes/runtime';
import { describe, expect, it } from 'vitest';
import { parse } from 'yaml';
import { findCaddy } from '../support/programs.ts';

const ROOT = resolve(import.meta.dirname, '../..');
const read = (path: string) => readFileSync(join(ROOT, path), 'utf8');

interface ComposeService {
  image: string;
  command?: string[];
  entrypoint?: string[];
  build?: { context: string; target: string; args: Record<string, string> };
  depends_on?: Record<string, { condition: string }>;
  environment?: Record<string, string>;
  healthcheck?: { test?: string[]; disable?: boolean };
  networks: string[];
  volumes?: string[];
  ports?: string[];
}
interface ComposeFile {
  services: Record<string, ComposeService>;
  networks?: Record<string, unknown>;
  volumes: Record<string, unknown>;
}

/** As `docker compose` fills in its file, from the innermost outwards. */
function interpolate(text: string, env: Record<string, string>): string {
  const filled = text.replace(/\$\{(\w+)(?::([-+])([^${}]*))?\}/g, (_match, name, operator, word = '') => {
    const value = env[name] ?? '';
    if (operator === '-') return value === '' ? word : value;
    if (operator === '+') return value === '' ? '' : word;
    return value;
  });
  return filled === text ? text : interpolate(filled, env);
}

function compose(env: Record<string, string> = {}, file = 'docker-compose.yml'): ComposeFile {
  const fill = (_key: string, value: unknown) => (typeof value === 'string' ? interpolate(value, env) : value);
  return JSON.parse(JSON.stringify(parse(read(file), { merge: true })), fill) as ComposeFile;
}

function serviceOf(file: ComposeFile, name: string): ComposeService {
  const service = file.services[name];
  if (service === undefined) throw new Error(`The compose file has no ${name}`);
  return service;
}

/** Stages in order, each with its instructions; lines that go on are joined. */
function dockerStages(): Map<string, string[]> {
  const stages = new Map<string, string[]>();
  let current: string[] = [];
  for (const line of read('Dockerfile').replace(/\\\n/g, ' ').split('\n')) {
    const from = /^FROM \S+ AS (\w+)$/.exec(line);
    if (from !== null) {
      current = [];
      stages.set(from[1] ?? '', current);
    } else if (/^[A-Z]+ /.test(line)) current.push(line.replace(/ +/g, ' '));
  }
  return stages;
}

function environmentOf(instructions: readonly string[]): Record<string, string> {
  const text = instructions.filter((line) => line.startsWith('ENV ')).join(' ');
  return Object.fromEntries([...text.matchAll(/(\w+)=(\S+)/g)].map(([, name, value]) => [name, value]));
}

describe('Dockerfile', () => {
  const stages = dockerStages();

  it('copies what is there and what .dockerignore lets through', () => {
    const allowed = read('.dockerignore')
      .split('\n')
      .filter((line) => line.startsWith('!'))
      .map((line) => line.slice(1));
    let count = 0;
    for (const line of [...stages.values()].flat()) {
      if (!line.startsWith('COPY ') || line.includes('--from')) continue;
      for (const source of line.split(' ').slice(1, -1)) {
        expect(existsSync(join(ROOT, source)), source).toBe(true);
        expect(allowed).toContain(source.split('/')[0]);
        count += 1;
      }
    }
    expect(count).toBeGreaterThan(10);
  });

  it('knows the manifest of every package, so that installing finds the workspace of the lockfile', () => {
    const build = stages.get('build') ?? [];
    for (const name of readdirSync(join(ROOT, 'packages'))) {
      expect(build).toContain(`COPY packages/${name}/package.json packages/${name}/`);
    }
  });

  it('takes from the build what the build makes', () => {
    expect(stages.get('build')).toContain('RUN node packages/hermes/build.ts /app');
    expect(stages.get('hermes')).toContain('COPY --from=build /app /app');
    expect(stages.get('caddy')).toContain('COPY --from=build /app/web /srv');
    expect(read('Caddyfile')).toContain('{$HERMES_WEB_ROOT:/srv}');
  });

  it('ends with the image of the services, which runs as nobody in particular', () => {
    expect([...stages.keys()].at(-1)).toBe('hermes');
    expect(stages.get('hermes')).toEqual(
      expect.arrayContaining(['USER node', 'STOPSIGNAL SIGTERM', 'RUN ln -s /app/hermes.js /usr/local/bin/hermes']),
    );
  });
});

describe('docker-compose.yml', () => {
  const text = read('docker-compose.yml');
  const used = new Set([...text.matchAll(/\$\{(\w+)/g)].map(([, name]) => name ?? ''));
  const image = environmentOf(dockerStages().get('hermes') ?? []);

  it('reads variables that are explained, in .env.example or at its head', () => {
    const head = text.slice(0, text.indexOf('\nname:'));
    for (const name of used) expect(name in VARIABLES || head.includes(`#   ${name} `), name).toBe(true);
  });

  it('hands on every variable that is not the image’s or the deploy’s own affair', () => {
    const settled = [
      ...['HERMES_HOME', 'HERMES_DOWNLOAD_DIR', 'HERMES_DATABASE_PATH', 'HERMES_HOST', 'API_PORT', 'EVENTS_PORT'],
      ...['HERMES_REDIS_URL', 'HERMES_DATABASE_URL', 'HERMES_AUTH', 'HERMES_TRUSTED_PROXIES', 'HERMES_DEV_PORT'],
      'HERMES_SECRET_KEY_FILE',
    ];
    expect(Object.keys(VARIABLES).filter((name) => !used.has(name) && !settled.includes(name))).toEqual([]);
  });

  it('gives each service an environment that it accepts, SSE on, and lets the operator change it', () => {
    const file = compose();
    for (const name of ['api', 'events', 'worker']) {
      const { environment, command, entrypoint = ['node', '/app/hermes.js'] } = serviceOf(file, name);
      expect(command).toEqual([name]);
      expect(entrypoint.filter((argument) => !argument.startsWith('--'))).toEqual(['node', '/app/hermes.js']);
      const config = loadConfig({ ...image, ...environment });
      expect(config).toMatchObject({ HERMES_HOST: '0.0.0.0', HERMES_HOME: '/data', HERMES_DOWNLOAD_DIR: '/downloads' });
      expect(config.HERMES_REDIS_URL).toBe('redis://redis:6379');
      if (name !== 'worker') {
        expect(config).toMatchObject({ HERMES_ENABLE_SSE: true, HERMES_TRUSTED_PROXIES: ['172.30.87.0/24'] });
      }
    }
    const changed = compose({
      HERMES_DOMAIN: 'hermes.example.com',
      HERMES_ENABLE_SSE: 'false',
      HERMES_OUTER_PROXIES: '172.17.0.1',
      HERMES_PORT: '80',
    });
    expect(loadConfig(serviceOf(changed, 'events').environment)).toMatchObject({
      HERMES_ALLOWED_ORIGINS: ['https://hermes.example.com'],
      HERMES_ENABLE_SSE: false,
      HERMES_TRUSTED_PROXIES: ['172.30.87.0/24', '172.17.0.1'],
    });
    expect(serviceOf(changed, 'caddy').ports).toContain('80:80');
  });

  it('names only stages, volumes, networks and services that are there', () => {
    const stages = dockerStages();
    const file = compose();
    for (const [name, service] of Object.entries(file.services)) {
      if (service.build !== undefined) {
        expect(stages.has(service.build.target), `${name}: ${service.build.target}`).toBe(true);
        for (const argument of Object.keys(service.build.args))
          expect(read('Dockerfile')).toContain(`ARG ${argument}=`);
      }
      for (const network of service.networks) expect(Object.keys(file.networks ?? {})).toContain(network);
      for (const volume of service.volumes ?? []) {
        expect(Object.keys(file.volumes)).toContain(volume.split(':')[0]);
      }
      for (const other of Object.keys(service.depends_on ?? {})) {
        // `service_healthy` waits for ever on a service that nobody asks.
        expect(serviceOf(file, other).healthcheck?.test, `${name} waits for ${other}`).toBeDefined();
      }
    }
  });

  it('shows Redis to no network that leads outside', () => {
    const file = compose();
    expect(serviceOf(file, 'redis').networks).toEqual(['store']);
    expect(file.networks?.store).toEqual({ internal: true });
    expect(serviceOf(file, 'redis').ports).toBeUndefined();
    expect(serviceOf(compose({}, 'docker-compose.dev.yml'), 'redis').ports).toEqual(['127.0.0.1:6379:6379']);
  });
});

describe('Caddyfile', () => {
  const text = read('Caddyfile');

  it('explains every variable that it reads', () => {
    const head = text.slice(0, text.indexOf('\n{'));
    const names = new Set([...text.matchAll(/\{\$(\w+)/g)].map(([, name]) => name ?? ''));
    expect(names.size).toBeGreaterThan(3);
    for (const name of names) expect(head).toContain(`#   ${name} `);
    for (const name of Object.keys(serviceOf(compose(), 'caddy').environment ?? {})) expect(names).toContain(name);
  });

  const caddy = findCaddy();
  it.skipIf(caddy === null)('leads to the services of the compose file, and to HTTPS with a domain', () => {
    const adapt = (site: string) => {
      const env = { PATH: '', HOME: ROOT, HERMES_SITE_ADDRESS: site, HERMES_OUTER_PROXIES: '10.0.0.0/8 ::1' };
      return execFileSync(caddy ?? '', ['adapt', '--config', join(ROOT, 'Caddyfile')], { env, encoding: 'utf8' });
    };
    const plain = adapt(serviceOf(compose(), 'caddy').environment?.HERMES_SITE_ADDRESS ?? '');
    for (const dial of [`api:${VARIABLES.API_PORT.default}`, `events:${VARIABLES.EVENTS_PORT.default}`]) {
      expect(plain).toContain(JSON.stringify({ dial }));
    }
    expect(plain).toContain('"listen":[":80"]');
    expect(plain).toContain('"trusted_proxies":["10.0.0.0/8","::1"]');
    const secure = adapt('hermes.example.com');
    expect(secure).toContain('"listen":[":443"]');
    expect(secure).toContain('"host":["hermes.example.com"]');
  });
});
