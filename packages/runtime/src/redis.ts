import { Redis, type RedisOptions } from 'ioredis';

/**
 * How a connection treats a Redis that is away:
 * - `commands` fails at once, so that a request can be answered with 503 instead of hanging;
 * - `patient` waits for as long as it takes: BullMQ workers, subscribers.
 */
export type RedisRole = 'commands' | 'patient';

const COMMAND_TIMEOUT_MS = 5000;

/** Without the one option whose type the constructor wants to infer. */
export type ConnectionOptions = Omit<RedisOptions, 'replyMapping'>;

/** Options for ioredis and BullMQ alike. `url`: redis://, rediss:// or unix:///path/to/socket. */
export function redisOptions(url: string, role: RedisRole): ConnectionOptions {
  return {
    ...parseRedisUrl(url),
    // 0: a lost connection fails what was under way at once. With 1, ioredis forgets it when the first attempt to
    // reconnect succeeds, and the caller waits for the time-out.
    maxRetriesPerRequest: role === 'patient' ? null : 0,
    enableOfflineQueue: role === 'patient',
    // A command whose answer was lost may have been carried out: sending it again could publish a fact twice.
    autoResendUnfulfilledCommands: role === 'patient',
    ...(role === 'commands' ? { commandTimeout: COMMAND_TIMEOUT_MS } : {}),
    connectTimeout: 5000,
    keepAlive: 10_000,
    // Quick at first, since a restart takes a moment, then calm; jitter so that a fleet does not come back in step.
    retryStrategy: (attempt) => Math.min(1000, 25 * 2 ** Math.min(attempt, 6)) * (0.75 + Math.random() / 2),
    // A replica that was promoted, or a primary that was demoted: connect anew and ask again.
    reconnectOnError: (error) => (error.message.startsWith('READONLY') ? 2 : false),
  };
}

/**
 * A connection that has been answered once. Later interruptions are ioredis' to mend.
 * @throws if Redis cannot be reached within `timeoutMs`; the reason of `signal` if that aborts first.
 */
export async function connectRedis(
  url: string,
  role: RedisRole,
  timeoutMs = 10_000,
  signal?: AbortSignal,
): Promise<Redis> {
  signal?.throwIfAborted();
  const options: ConnectionOptions = { ...redisOptions(url, role), lazyConnect: true };
  const redis = new Redis(options);
  let lastError: Error | undefined;
  let timer: NodeJS.Timeout | undefined;
  let giveUp = () => {};
  redis.on('error', (error: Error) => {
    lastError = error;
  });
  try {
    await Promise.race([
      new Promise<void>((done) => {
        redis.once('ready', done);
        redis.connect().catch(() => {});
      }),
      new Promise<never>((_, fail) => {
        timer = setTimeout(() => fail(new Error('it did not answer in time')), timeoutMs);
        giveUp = () => fail(signal?.reason);
        signal?.addEventListener('abort', giveUp);
      }),
    ]);
  } catch (error) {
    redis.disconnect();
    if (signal?.aborted) throw signal.reason;
    // No cause: ioredis hangs the command that failed on its errors, and of AUTH that is the password.
    const reason = lastError?.message || (error instanceof Error ? error.message : String(error));
    throw new Error(`Redis at ${withoutPassword(url)} cannot be reached: ${reason}`);
  } finally {
    clearTimeout(timer);
    signal?.removeEventListener('abort', giveUp);
  }
  return redis;
}

/** A password may hold an `@` or a `/` itself: everything up to the last `@` goes. */
export function withoutPassword(url: string): string {
  return url.replace(/:\/\/.*@/s, '://***@');
}

function parseRedisUrl(url: string): ConnectionOptions {
  if (url.startsWith('unix://')) return { path: url.slice('unix://'.length) };
  const parsed = URL.parse(url);
  // Not the error of `new URL`: that carries the URL, and the URL a password.
  if (parsed === null) throw new Error(`${withoutPassword(url)} is not the URL of a Redis`);
  return {
    host: parsed.hostname.replace(/^\[|\]$/g, ''),
    port: parsed.port === '' ? 6379 : Number(parsed.port),
    ...(parsed.username === '' ? {} : { username: decodeURIComponent(parsed.username) }),
    ...(parsed.password === '' ? {} : { password: decodeURIComponent(parsed.password) }),
    ...(parsed.pathname.length > 1 ? { db: Number(parsed.pathname.slice(1)) } : {}),
    ...(parsed.protocol === 'rediss:' ? { tls: {} } : {}),
  };
}
