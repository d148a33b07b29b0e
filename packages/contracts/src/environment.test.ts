import { describe, expect, it } from 'vitest';
import { EnvironmentError, parseEnvironment, type VariableName } from './environment.ts';
import { VARIABLES } from './variables.ts';

/** Of every variable: what it is when unset, a text and what it becomes, a text that is refused and what is said then. */
const CASES: Record<VariableName, [unset: unknown, good: string, value: unknown, bad: string, allowed: string]> = {
  HERMES_ENABLE_SSE: [false, 'on', true, 'yes', 'one of 0, 1, true, false, on, off'],
  HERMES_SSE_HEARTBEAT_INTERVAL: [30, '5', 5, '0', 'from 1 to 3600'],
  HERMES_SSE_MAX_CONNECTIONS: [1000, '10000', 10_000, '1e4', 'whole number'],
  HERMES_SSE_MAX_CONNECTIONS_PER_KEY: [200, '1', 1, '-1', 'from 1 to'],
  HERMES_SSE_MAX_CONNECTIONS_PER_ADDRESS: [100, '50', 50, '1.5', 'whole number'],
  HERMES_SSE_MAX_AGE: [3600, '60', 60, '604801', 'to 604800'],
  HERMES_SSE_MAX_BUFFER: [1_048_576, '16384', 16_384, '16383', 'from 16384'],
  HERMES_SSE_SLOW_TIMEOUT: [30, '3600', 3600, '30s', 'whole number'],
  HERMES_SSE_COMPRESS_MAX_CONNECTIONS: [100, '0', 0, '-1', 'from 0'],
  HERMES_DRAIN_SECONDS: [10, '0', 0, '-1', 'from 0'],
  HERMES_SSE_ROLLOUT_PERCENT: [100, '0', 0, '101', 'from 0 to 100'],
  HERMES_FACTS_MAX_LENGTH: [1_000_000, '1000', 1000, '999', 'from 1000'],
  HERMES_PROGRESS_INTERVAL_MS: [250, '10', 10, '9', 'from 10'],
  HERMES_HOME: [null, '/srv/hermes', '/srv/hermes', '/srv\u0000', 'a path'],
  HERMES_DOWNLOAD_DIR: [null, 'files', 'files', '\u0000', 'a path'],
  HERMES_DATABASE_PATH: [null, 'a.db', 'a.db', '\u0000', 'a path'],
  HERMES_SECRET_KEY_FILE: [null, 'key', 'key', '\u0000', 'a path'],
  HERMES_DATABASE_URL: [null, 'postgres://h/d', 'postgres://h/d', 'mysql://h/d', 'postgres://'],
  HERMES_HISTORY_RETENTION_DAYS: [null, '30', 30, '0', 'from 1 to 36500'],
  HERMES_MAX_DATABASE_SIZE: [536_870_912, '2147483648', 2_147_483_648, '2147483649', 'from 1048576 to 2147483648'],
  HERMES_REDIS_URL: [null, 'rediss://u:p@h:6380/2', 'rediss://u:p@h:6380/2', 'http://h', 'redis://'],
  HERMES_REDIS_PREFIX: ['', 'blue', 'blue', '{blue}', 'letters, digits'],
  HERMES_AUTH: ['on', 'off', 'off', 'false', 'one of on, off'],
  HERMES_ALLOWED_ORIGINS: [
    [],
    'https://a.example, http://b.example:81,',
    ['https://a.example', 'http://b.example:81'],
    'https://a.example/',
    'origins such as',
  ],
  HERMES_ALLOW_CREDENTIALS: [true, '0', false, 'none', 'one of'],
  HERMES_TRUSTED_PROXIES: [[], '10.0.0.0/8,::1', ['10.0.0.0/8', '::1'], 'caddy', 'CIDR'],
  HERMES_RATE_LIMIT_PER_MINUTE: [600, '1', 1, '0', 'from 1'],
  HERMES_ALLOW_PRIVATE_NETWORKS: [false, 'true', true, 'TRUE', 'one of'],
  HERMES_MAX_DOWNLOAD_SIZE: [null, '1', 1, '10GB', 'whole number'],
  HERMES_DISK_WARN_PERCENT: [90, '80', 80, '0', 'from 1 to 100'],
  HERMES_DISK_STOP_PERCENT: [95, '100', 100, '101', 'from 1 to 100'],
  HERMES_MAX_DOWNLOADS_PER_HOST: [null, '2', 2, '0', 'from 1'],
  HERMES_SPEED_LIMIT: [null, '1024', 1024, '1023', 'from 1024'],
  HERMES_DOWNLOAD_SPEED_LIMIT: [null, '5000000', 5_000_000, '5M', 'whole number'],
  HERMES_CONCURRENCY: [3, '100', 100, '101', 'to 100'],
  HERMES_HOST: ['127.0.0.1', '0.0.0.0', '0.0.0.0', 'a b', 'a host name or an address'],
  API_PORT: [8000, '0', 0, '65536', 'to 65535'],
  EVENTS_PORT: [8001, '1', 1, '-1', 'from 0'],
  HERMES_PORT: [3000, '80', 80, 'http', 'whole number'],
  HERMES_HTTPS_PORT: [3443, '443', 443, ' 443', 'whole number'],
  HERMES_DEV_PORT: [5173, '65535', 65_535, '0x50', 'whole number'],
  VITE_SSE_ENABLED: [true, 'false', false, 'nope', 'one of'],
  VITE_API_BASE_URL: ['/api/v1', 'https://h/api/v1', 'https://h/api/v1', 'api/v1', 'a path or a URL'],
};

function refusalOf(source: Record<string, string>): EnvironmentError {
  try {
    parseEnvironment(source);
  } catch (error) {
    if (error instanceof EnvironmentError) return error;
    throw error;
  }
  throw new Error('it was taken');
}

describe('the environment', () => {
  it('has a case for every variable', () => {
    expect(Object.keys(CASES).sort()).toEqual(Object.keys(VARIABLES).sort());
  });

  it.each(Object.entries(CASES))('reads %s', (name, [unset, good, value, bad, allowed]) => {
    const read = (source: Record<string, string>) => parseEnvironment(source)[name as VariableName];
    expect(read({})).toEqual(unset);
    expect(read({ [name]: '' })).toEqual(unset);
    expect(read({ [name]: good })).toEqual(value);
    const error = refusalOf({ [name]: bad });
    expect(error.variable).toBe(name);
    expect(error.message).not.toMatch(/[\n\r\0]/);
    expect(error.message).toContain(`${name}=${JSON.stringify(bad)}`);
    expect(error.message).toContain(allowed);
  });

  it('reads an older name, behind the name itself', () => {
    expect(parseEnvironment({ HERMES_SSE_HEARTBEAT: '7' }).HERMES_SSE_HEARTBEAT_INTERVAL).toBe(7);
    expect(
      parseEnvironment({ HERMES_SSE_HEARTBEAT: '7', HERMES_SSE_HEARTBEAT_INTERVAL: '8' }).HERMES_SSE_HEARTBEAT_INTERVAL,
    ).toBe(8);
    expect(
      parseEnvironment({ HERMES_SSE_HEARTBEAT: '7', HERMES_SSE_HEARTBEAT_INTERVAL: '' }).HERMES_SSE_HEARTBEAT_INTERVAL,
    ).toBe(7);
    expect(refusalOf({ HERMES_SSE_HEARTBEAT: 'often' }).variable).toBe('HERMES_SSE_HEARTBEAT');
  });

  it('says on one line what a hostile value was', () => {
    const { message } = refusalOf({ API_PORT: '80\nHERMES_AUTH=off' });
    expect(message).toBe('API_PORT="80\\nHERMES_AUTH=off" is not allowed: must be a whole number from 0 to 65535');
  });

  it.each(['redi://u:s3cret@h', 'redis://u:s3/cr@et@h:port', 'redis://:s3cret@h/zero'])(
    'never shows a password: %s',
    (url) => {
      expect(refusalOf({ HERMES_REDIS_URL: url }).message).not.toMatch(/s3|cret|et@/);
    },
  );

  it.each(['redis://h', 'redis://h:6379/15', 'redis://[::1]:6379', 'redis://:p%40ss@h/', 'unix:///run/redis.sock'])(
    'takes %s as a Redis',
    (url) => {
      expect(parseEnvironment({ HERMES_REDIS_URL: url }).HERMES_REDIS_URL).toBe(url);
    },
  );

  it.each(['redis://', 'redis://h:99999', 'redis://h/zero', 'unix://', 'unix://redis.sock', 'h:6379'])(
    'does not take %s as a Redis',
    (url) => {
      expect(refusalOf({ HERMES_REDIS_URL: url }).variable).toBe('HERMES_REDIS_URL');
    },
  );

  it.each(['*', 'null', 'example.com', 'ftp://a.example', 'https://A.example', 'https://a.example:443', 'file://'])(
    'does not take %s as an origin',
    (origin) => {
      expect(refusalOf({ HERMES_ALLOWED_ORIGINS: `https://ok.example,${origin}` }).variable).toBe(
        'HERMES_ALLOWED_ORIGINS',
      );
    },
  );
});
