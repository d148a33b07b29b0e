import { type Keyspace, parseSwitches, type Switches } from '@hermes/contracts';
import type { Redis } from 'ioredis';

/** What an admin has switched at run time. */
export async function readSwitches(redis: Redis, keys: Keyspace): Promise<Switches> {
  return parseSwitches(await redis.hgetall(keys.switches));
}
