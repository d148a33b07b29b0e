import { createServer, type Server } from 'node:net';
import { afterAll, afterEach, beforeAll, describe, expect, it, vi } from 'vitest';
import { TestRedis } from '../../../tests/support/test-redis.ts';
import { connectRedis, redisOptions, withoutPassword } from './redis.ts';
import { isRedisAway } from './redis-away.ts';

describe('redisOptions', () => {
  it.each([
    ['redis://h', { host: 'h', port: 6379 }],
    ['redis://h:6380/2', { host: 'h', port: 6380, db: 2 }],
    ['redis://h/', { host: 'h', port: 6379 }],
    ['redis://[::1]:7000', { host: '::1', port: 7000 }],
    ['redis://:p%40s%2Fs@h', { host: 'h', port: 6379, password: 'p@s/s' }],
    ['redis://user:pass@h', { host: 'h', port: 6379, username: 'user', password: 'pass' }],
    ['rediss://h:6380', { host: 'h', port: 6380, tls: {} }],
    ['unix:///run/hermes/redis.sock', { path: '/run/hermes/redis.sock' }],
    ['unix:///with space/a%20b', { path: '/with space/a%20b' }],
  ])('reads %s', (url, expected) => {
    expect(redisOptions(url, 'commands')).toMatchObject(expected);
  });

  it('leaves out what a URL does not say', () => {
    const options = redisOptions('redis://h', 'patient');
    for (const name of ['username', 'password', 'db', 'tls', 'path']) expect(options).not.toHaveProperty(name);
  });

  it('refuses what is no URL, without showing the password', () => {
    const read = () => redisOptions('redis://:s3cr@et@h:port', 'commands');
    expect(read).toThrow('redis://***@h:port is not the URL of a Redis');
  });

  it('waits longer between tries, about a second at most, and not in step', () => {
    const { retryStrategy } = redisOptions('redis://h', 'patient');
    const delays = (attempt: number) => Array.from({ length: 50 }, () => Number(retryStrategy?.(attempt)));
    expect(Math.max(...delays(1))).toBeLessThan(Math.min(...delays(4)));
    expect(Math.max(...delays(1000))).toBeLessThanOrEqual(1250);
    expect(new Set(delays(10)).size).toBeGreaterThan(1);
  });

  it('connects anew to a Redis that has become a replica', () => {
    const { reconnectOnError } = redisOptions('redis://h', 'patient');
    expect(reconnectOnError?.(new Error("READONLY You can't write against a read only replica."))).toBe(2);
    expect(reconnectOnError?.(new Error('ERR READONLY'))).toBe(false);
  });
});

describe('withoutPassword', () => {
  it.each([
    ['redis://:s3cret@h:6379', 'redis://***@h:6379'],
    ['redis://u:s3/cr@et@h', 'redis://***@h'],
    ['redis://h', 'redis://h'],
    ['unix:///run/redis.sock', 'unix:///run/redis.sock'],
  ])('%s → %s', (url, expected) => {
    expect(withoutPassword(url)).toBe(expected);
  });
});

describe('connectRedis', () => {
  let redis: TestRedis;
  let silent: Server | null = null;
  beforeAll(async () => {
    redis = await TestRedis.start();
  });
  afterAll(() => redis.close());
  afterEach(() => {
    silent?.close();
    silent = null;
  });

  it('gives a connection that has been answered', async () => {
    const connection = await redis.connect('commands');
    expect(connection.status).toBe('ready');
    expect(await connection.ping()).toBe('PONG');
  });

  it('says where it could not connect, but not with what password', async () => {
    const error = await connectRedis('redis://user:s3cret@127.0.0.1:1', 'commands', 200).catch((reason) => reason);
    expect(error).toBeInstanceOf(Error);
    expect(error.message).toMatch(/^Redis at redis:\/\/\*\*\*@127\.0\.0\.1:1 cannot be reached: .*ECONNREFUSED/);
    expect(isRedisAway(error)).toBe(true);
  });

  it('says so when the password is wrong, and does not keep it on the error', async () => {
    const admin = await redis.connect('commands');
    await admin.config('SET', 'requirepass', 'right');
    try {
      const error = await connectRedis(redis.url, 'commands', 500).catch((reason) => reason);
      expect(error.message).toMatch(/cannot be reached: .*NOAUTH/);
      expect(error.cause).toBeUndefined();
    } finally {
      await admin.config('SET', 'requirepass', '');
    }
  });

  it('gives up on a server that takes connections and never answers', async () => {
    const server = createServer(() => {});
    silent = server;
    await new Promise<void>((done) => server.listen(0, '127.0.0.1', done));
    const address = server.address();
    const port = typeof address === 'object' && address !== null ? address.port : 0;
    await expect(connectRedis(`redis://127.0.0.1:${port}`, 'patient', 200)).rejects.toThrow(/did not answer in time/);
  });

  it('with Redis away, commands fail and the patient wait', async () => {
    const commands = await redis.connect('commands');
    const patient = await redis.connect('patient');
    await redis.kill();
    await vi.waitFor(() => expect(commands.status).not.toBe('ready'));
    const refusal = await commands.set('a', '1').catch((error: unknown) => error);
    expect(isRedisAway(refusal)).toBe(true);
    let settled = false;
    const waiting = patient.set('b', '2').finally(() => {
      settled = true;
    });
    await expect(commands.get('a')).rejects.toThrow();
    expect(settled).toBe(false);
    await redis.restart();
    await expect(waiting).resolves.toBe('OK');
    await vi.waitFor(async () => expect(await commands.get('b')).toBe('2'));
    expect(await commands.get('a')).toBeNull();
  });
});

describe('isRedisAway', () => {
  const named = (name: string, message: string, more: object = {}) => Object.assign(new Error(message), more, { name });

  it.each([
    new Error("Stream isn't writeable and enableOfflineQueue options is false"),
    new Error('Connection is closed.'),
    new Error('Command timed out'),
    named('MaxRetriesPerRequestError', 'Reached the max retries per request limit (which is 1).'),
    named('AbortError', 'Command aborted due to connection close'),
    named('ReplyError', 'LOADING Redis is loading the dataset in memory'),
    named('ReplyError', 'MISCONF Errors writing to the AOF file: No space left on device'),
    named('ReplyError', "OOM command not allowed when used memory > 'maxmemory'."),
    named('Error', 'connect ENOENT /run/redis.sock', { code: 'ENOENT', syscall: 'connect' }),
  ])('is true of: $message', (error) => {
    expect(isRedisAway(error)).toBe(true);
  });

  it.each([
    named('Error', "ENOENT: no such file or directory, open '/a'", { code: 'ENOENT', syscall: 'open' }),
    new DOMException('This operation was aborted', 'AbortError'),
    named('AbortError', 'The operation was aborted', { code: 'ABORT_ERR' }),
    named('ReplyError', 'ERR unknown command'),
    named('ReplyError', 'WRONGTYPE Operation against a key holding the wrong kind of value'),
    new Error('While loading the page'),
    'Connection is closed.',
    null,
  ])('is false of: %s', (error) => {
    expect(isRedisAway(error)).toBe(false);
  });
});
