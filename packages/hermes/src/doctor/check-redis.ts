import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { type Config, connectRedis, findOnPath, withoutPassword } from '@hermes/runtime';
import type { Redis } from 'ioredis';
import { cacheDirOf } from '../run/home.ts';
import { type Finding, ok, problem, warning } from './finding.ts';

const CONNECT_TIMEOUT_MS = 3000;
const OLDEST = [5, 0];
const RECOMMENDED = [6, 2];

/** The Redis that would be used: reachable, new enough, and set up so that it never drops a key by itself. */
export async function checkRedis(config: Config): Promise<Finding[]> {
  const url = config.HERMES_REDIS_URL;
  if (url === null) return [checkEmbedded(config)];
  let redis: Redis;
  try {
    redis = await connectRedis(url, 'commands', CONNECT_TIMEOUT_MS);
  } catch (error) {
    return [
      problem(
        'redis',
        (error as Error).message,
        'Start it, correct HERMES_REDIS_URL, or unset it to use an embedded one',
      ),
    ];
  }
  try {
    const info = await redis.info();
    const field = (name: string) => new RegExp(`^${name}:(.*?)\\r?$`, 'm').exec(info)?.[1] ?? '';
    return [
      checkVersion(field('redis_version'), withoutPassword(url)),
      checkEviction(field('maxmemory_policy')),
      checkPersistence(field('aof_enabled')),
    ];
  } finally {
    redis.disconnect();
  }
}

function checkEmbedded(config: Config): Finding {
  const program = findOnPath(['redis-server', 'valkey-server']);
  if (program !== null) return ok('redis', `embedded, with ${program}`);
  if (existsSync(join(cacheDirOf(config), 'redis/redis-server'))) return ok('redis', 'embedded, unpacked earlier');
  if (findOnPath(['apt-get']) !== null && findOnPath(['dpkg-deb']) !== null) {
    return warning(
      'redis',
      'no server is installed; the first start will unpack one of Debian’s packages',
      'Nothing, if this machine reaches its package mirror; otherwise install redis-server or set HERMES_REDIS_URL',
    );
  }
  return problem(
    'redis',
    'no redis-server or valkey-server is on PATH',
    'Install one, or set HERMES_REDIS_URL to one that runs',
  );
}

function checkVersion(version: string, url: string): Finding {
  const parts = version.split('.').map(Number);
  const isOlder = ([major = 0, minor = 0]: number[]) =>
    (parts[0] ?? 0) < major || ((parts[0] ?? 0) === major && (parts[1] ?? 0) < minor);
  if (isOlder(OLDEST))
    return problem('redis', `${url} is version ${version}`, 'Hermes needs Redis 5 or newer, or Valkey');
  if (isOlder(RECOMMENDED))
    return warning('redis', `${url} is version ${version}`, 'Redis 6.2 or newer is recommended');
  return ok('redis', `${url}, version ${version}`);
}

function checkEviction(policy: string): Finding {
  if (policy === 'noeviction') return ok('redis eviction', 'noeviction');
  return problem(
    'redis eviction',
    `maxmemory-policy is ${policy}: under memory pressure Redis would silently drop jobs and events`,
    'CONFIG SET maxmemory-policy noeviction, and the same in redis.conf',
  );
}

function checkPersistence(aofEnabled: string): Finding {
  if (aofEnabled === '1') return ok('redis persistence', 'append-only file');
  return warning(
    'redis persistence',
    'appendonly is off: a restart of Redis loses what is newer than its last dump',
    'CONFIG SET appendonly yes, and the same in redis.conf',
  );
}
