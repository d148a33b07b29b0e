import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { EVENTS, type EventName } from './events.ts';
import { type Keyspace, keyspace } from './redis-keys.ts';

const EVENT_NAMES = Object.keys(EVENTS) as EventName[];
const STATES = EVENT_NAMES.filter((name) => EVENTS[name].class === 'state');
const id = fc.stringMatching(/^[A-Za-z0-9_-]{1,12}$/);

/** Every name of a deployment that holds something, for two downloads and two secrets. */
function namesOf(keys: Keyspace, ids: readonly string[]): string[] {
  const fixed = Object.values(keys).filter((value): value is string => typeof value === 'string');
  const perId = ids.flatMap((one) => [
    keys.download(one),
    keys.loginCode(one),
    keys.idempotency(one),
    keys.token(one),
    keys.secrets(one),
    keys.host('holders', one),
    keys.host('waiting', one),
    keys.host('places', one),
    keys.gateway(one),
    keys.disk(one),
    keys.diskTelling(one),
    ...STATES.map((event) => keys.state(event, one)),
  ]);
  const single = STATES.filter((event) => EVENTS[event].key === null).map((event) => keys.state(event, null));
  return [...fixed, ...perId, ...single, ...keys.channels];
}

describe('the keyspace', () => {
  it('gives no two things one name', () => {
    fc.assert(
      fc.property(fc.uniqueArray(id, { minLength: 2, maxLength: 5 }), fc.constantFrom('', 'a'), (ids, prefix) => {
        const names = namesOf(keyspace(prefix), ids);
        expect(new Set(names).size).toBe(names.length);
      }),
    );
  });

  it('keeps what BullMQ makes away from everything else', () => {
    const keys = keyspace('');
    const others = namesOf(keys, ['bull', 'a']).filter((name) => name !== keys.bullPrefix);
    expect(others.filter((name) => name.startsWith(`${keys.bullPrefix}:`))).toEqual([]);
  });

  it('keeps deployments of different prefixes apart', () => {
    const names = ['', 'a', 'b'].flatMap((prefix) => namesOf(keyspace(prefix), ['x']));
    expect(new Set(names).size).toBe(names.length);
  });

  it('makes the prefix a hash tag that every name begins with', () => {
    for (const name of namesOf(keyspace('blue'), ['x'])) expect(name).toMatch(/^\{blue\}:/);
    for (const name of namesOf(keyspace(''), ['x'])) expect(name).not.toContain('{');
  });

  it('has the documented names', () => {
    const keys = keyspace('');
    expect(keys.state('download_progress', 'd-1')).toBe('download:d-1:progress');
    expect(keyspace('blue').state('download_progress', 'd-1')).toBe('{blue}:download:d-1:progress');
    expect(keys.seq).toBe('hermes:seq');
    expect(keys.facts).toBe('hermes:facts');
    expect(keys.download('d-1')).toBe('hermes:download:d-1');
    expect(keys.state('analytics_update', 'week')).toBe('hermes:state:analytics_update:week');
    expect(keys.token('ab')).toBe('hermes:token:ab');
    expect(keys.secrets('d-1')).toBe('hermes:secrets:d-1');
    expect(keys.host('holders', '[::1]:80')).toBe('hermes:host:[::1]:80:holders');
    expect(keys.switches).toBe('hermes:switches');
    expect(keys.removed).toBe('hermes:removed');
    expect([keys.control, keys.gateways, keys.gateway('g1')]).toEqual([
      'hermes:control',
      'hermes:gateways',
      'hermes:gateway:g1',
    ]);
    expect(keys.state('queue_stats', null)).toBe('hermes:state:queue_stats');
  });

  it('has the documented channels', () => {
    expect(Object.fromEntries(EVENT_NAMES.map((event) => [event, keyspace('').channel(event)]))).toEqual({
      download_progress: 'download:updates',
      download_status: 'download:updates',
      queue_update: 'queue:updates',
      queue_stats: 'queue:stats',
      system_notification: 'system:notifications',
      analytics_update: 'analytics:updates',
      storage_update: 'storage:updates',
    });
    expect(keyspace('blue').channel('queue_stats')).toBe('{blue}:queue:stats');
  });

  it('lists each aggregate channel once', () => {
    expect([...keyspace('').channels].sort()).toEqual([
      'analytics:updates',
      'download:updates',
      'queue:stats',
      'queue:updates',
      'storage:updates',
      'system:notifications',
    ]);
  });
});
