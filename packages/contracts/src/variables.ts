import { z } from 'zod';

const boolean = z
  .enum(['true', 'false', '1', '0', 'on', 'off'])
  .transform((text) => ['true', '1', 'on'].includes(text));
const integer = (min: number, max: number) =>
  z
    .string()
    .regex(/^-?\d+$/, `must be a whole number from ${min} to ${max}`)
    .transform(Number)
    .refine((value) => value >= min && value <= max, { error: `must be a whole number from ${min} to ${max}` });
const port = integer(0, 65_535);
const list = z.string().transform((text) =>
  text
    .split(',')
    .map((part) => part.trim())
    .filter((part) => part !== ''),
);
const path = z
  .string()
  .min(1)
  .refine((text) => !text.includes('\u0000'), { error: 'must be a path' });
const MIB = 1024 * 1024;

const origin = z.string().refine(
  (text) => {
    const url = URL.parse(text);
    return url !== null && /^https?:$/.test(url.protocol) && url.origin === text;
  },
  { error: 'must be origins such as https://hermes.example.com, separated by commas' },
);

const proxies = z.union([z.ipv4(), z.ipv6(), z.cidrv4(), z.cidrv6()], {
  error: 'must be addresses or CIDR ranges such as 10.0.0.0/8, separated by commas',
});

/** `redis://host:6379/0`, `rediss://user:password@host`, `unix:///run/redis.sock` */
const redisUrl = z.string().refine(
  (text) => {
    if (text.startsWith('unix://')) return /^unix:\/\/\/[^\0]+$/.test(text);
    const url = /^rediss?:\/\//.test(text) ? URL.parse(text) : null;
    return url !== null && url.hostname !== '' && /^(?:\/\d{0,4})?$/.test(url.pathname);
  },
  { error: 'must be redis://host:port/database, rediss://… or unix:///path' },
);

export interface Variable {
  /** From the text in the environment to the value; its message says what is allowed. */
  schema: z.ZodType<unknown, string>;
  /** As one would write it in the environment; null: unset. */
  default: string | null;
  meaning: string;
  /** Older names that still work. */
  aliases?: readonly string[];
}

/** Every variable that Hermes reads. Nothing but the configuration of each process reads the environment. */
export const VARIABLES = {
  HERMES_ENABLE_SSE: {
    schema: boolean,
    default: 'false',
    meaning: 'Serve event streams. `hermes start` and the compose file switch it on; a run-time switch overrides it.',
  },
  HERMES_SSE_HEARTBEAT_INTERVAL: {
    schema: integer(1, 3600),
    default: '30',
    meaning: 'Seconds of silence after which a stream gets a heartbeat.',
    aliases: ['HERMES_SSE_HEARTBEAT'],
  },
  HERMES_SSE_MAX_CONNECTIONS: {
    schema: integer(1, 1_000_000),
    default: '1000',
    meaning: 'Streams one gateway holds at most.',
  },
  HERMES_SSE_MAX_CONNECTIONS_PER_KEY: {
    schema: integer(1, 1_000_000),
    default: '200',
    meaning: 'Streams one credential may hold on one gateway.',
  },
  HERMES_SSE_MAX_CONNECTIONS_PER_ADDRESS: {
    schema: integer(1, 1_000_000),
    default: '100',
    meaning: 'Streams one client address may hold on one gateway.',
  },
  HERMES_SSE_MAX_AGE: {
    schema: integer(1, 604_800),
    default: '3600',
    meaning: 'Seconds after which a stream is ended, jittered, so that load spreads over gateways.',
  },
  HERMES_SSE_MAX_BUFFER: {
    schema: integer(16 * 1024, 1024 * MIB),
    default: String(MIB),
    meaning: 'Bytes that may wait for one slow reader before its stream is ended.',
  },
  HERMES_SSE_SLOW_TIMEOUT: {
    schema: integer(1, 3600),
    default: '30',
    meaning: 'Seconds that a reader may take nothing while data waits, before its stream is ended.',
  },
  HERMES_SSE_COMPRESS_MAX_CONNECTIONS: {
    schema: integer(0, 1_000_000),
    default: '100',
    meaning: 'Streams that are compressed at the same time, 250 KB of memory each; further ones are not. 0: none.',
  },
  HERMES_DRAIN_SECONDS: {
    schema: integer(0, 3600),
    default: '10',
    meaning: 'Seconds over which a stopping gateway closes its streams.',
  },
  HERMES_SSE_ROLLOUT_PERCENT: {
    schema: integer(0, 100),
    default: '100',
    meaning: 'Browsers of a hundred that use the stream; sticky.',
  },
  HERMES_FACTS_MAX_LENGTH: {
    schema: integer(1000, 100_000_000),
    default: '1000000',
    meaning: 'Hard cap on the facts kept in Redis; reaching it is an alarm.',
  },
  HERMES_PROGRESS_INTERVAL_MS: {
    schema: integer(10, 60_000),
    default: '250',
    meaning:
      'A worker reports the progress of a download this often, at multiples of it by the clock (or when it moved by 1 %).',
  },
  HERMES_HOME: {
    schema: path,
    default: null,
    meaning: 'Where Hermes keeps what is its own; default: .hermes in the home directory. Never write a raw ~.',
  },
  HERMES_DOWNLOAD_DIR: {
    schema: path,
    default: null,
    meaning: 'Where files go; default: downloads in HERMES_HOME. Relative: against HERMES_HOME.',
  },
  HERMES_DATABASE_PATH: {
    schema: path,
    default: null,
    meaning: 'The SQLite file; default: hermes.db in HERMES_HOME. Relative: against HERMES_HOME.',
  },
  HERMES_SECRET_KEY_FILE: {
    schema: path,
    default: null,
    meaning:
      'Holds the key that seals headers and passwords of downloads; made by the API, read by workers. Default: secret.key in HERMES_HOME.',
  },
  HERMES_DATABASE_URL: {
    schema: z.string().regex(/^postgres(?:ql)?:\/\//, 'must be postgres://…'),
    default: null,
    meaning: 'Postgres instead of SQLite (not yet supported: a set value is refused at the start).',
  },
  HERMES_MAX_DATABASE_SIZE: {
    schema: integer(MIB, 2048 * MIB),
    default: String(512 * MIB),
    meaning: 'Bytes the database may grow to, from 1 MiB to 2 GiB.',
  },
  HERMES_HISTORY_RETENTION_DAYS: {
    schema: integer(1, 36_500),
    default: null,
    meaning: 'Days after which a download that has ended leaves the history; unset: never. Statistics and files stay.',
  },
  HERMES_REDIS_URL: {
    schema: redisUrl,
    default: null,
    meaning: 'The Redis to use; unset: `hermes start` runs one of its own under HERMES_HOME.',
  },
  HERMES_REDIS_PREFIX: {
    schema: z.string().regex(/^[A-Za-z0-9_-]{0,64}$/, 'must be letters, digits, "-" or "_"'),
    default: '',
    meaning:
      'Put before every key and channel as {prefix}: so that deployments can share a Redis. Needed in a Cluster.',
  },
  HERMES_AUTH: {
    schema: z.enum(['on', 'off']),
    default: 'on',
    meaning: 'off: no key is asked for; accepted only while HERMES_HOST is a loopback address.',
  },
  HERMES_ALLOWED_ORIGINS: {
    schema: list.pipe(z.array(origin)),
    default: '',
    meaning:
      'Origins, beside its own, whose pages may use the API; also names the public hosts this server answers to.',
  },
  HERMES_ALLOW_CREDENTIALS: { schema: boolean, default: 'true', meaning: 'Whether those origins may send cookies.' },
  HERMES_TRUSTED_PROXIES: {
    schema: list.pipe(z.array(proxies)),
    default: '',
    meaning: 'Addresses or CIDR ranges of proxies whose X-Forwarded-For is believed.',
  },
  HERMES_RATE_LIMIT_PER_MINUTE: {
    schema: integer(1, 1_000_000),
    default: '600',
    meaning: 'REST reads, and as many changes, a minute per credential or address.',
  },
  HERMES_ALLOW_PRIVATE_NETWORKS: {
    schema: boolean,
    default: 'false',
    meaning: 'Whether downloads may come from private and loopback addresses.',
  },
  HERMES_MAX_DOWNLOAD_SIZE: {
    schema: integer(1, Number.MAX_SAFE_INTEGER),
    default: null,
    meaning: 'Bytes one file may have; unset: no limit.',
  },
  HERMES_DISK_WARN_PERCENT: {
    schema: integer(1, 100),
    default: '90',
    meaning: 'From this share of the disk of the downloads in use, everyone is warned.',
  },
  HERMES_DISK_STOP_PERCENT: {
    schema: integer(1, 100),
    default: '95',
    meaning: 'From this share in use no new download begins; they wait for space. Not below the one that warns.',
  },
  HERMES_MAX_DOWNLOADS_PER_HOST: {
    schema: integer(1, 10_000),
    default: null,
    meaning: 'Downloads of one host at a time, over all workers; further ones wait without a worker. Unset: no limit.',
  },
  HERMES_SPEED_LIMIT: {
    schema: integer(1024, Number.MAX_SAFE_INTEGER),
    default: null,
    meaning:
      'Bytes per second of all downloads of one worker process together: N workers take N times that. Unset: no limit.',
  },
  HERMES_DOWNLOAD_SPEED_LIMIT: {
    schema: integer(1024, Number.MAX_SAFE_INTEGER),
    default: null,
    meaning: 'Bytes per second of each download; unset: no limit.',
  },
  HERMES_CONCURRENCY: { schema: integer(1, 100), default: '3', meaning: 'Downloads one worker runs at a time.' },
  HERMES_HOST: {
    schema: z.string().regex(/^[A-Za-z0-9._:-]+$/, 'must be a host name or an address'),
    default: '127.0.0.1',
    meaning: 'Address to listen on.',
  },
  API_PORT: { schema: port, default: '8000', meaning: 'Port of the API when it runs by itself.' },
  EVENTS_PORT: { schema: port, default: '8001', meaning: 'Port of the events service when it runs by itself.' },
  HERMES_PORT: { schema: port, default: '3000', meaning: 'Port of `hermes start`, and of Caddy (HTTP) in production.' },
  HERMES_HTTPS_PORT: { schema: port, default: '3443', meaning: 'Port of Caddy (HTTPS) in production.' },
  HERMES_DEV_PORT: { schema: port, default: '5173', meaning: 'Port of the web app’s development server.' },
  VITE_SSE_ENABLED: { schema: boolean, default: 'true', meaning: 'Built into the web app: false makes it poll.' },
  VITE_API_BASE_URL: {
    schema: z.string().regex(/^(?:\/|https?:\/\/)\S*$/, 'must be a path or a URL'),
    default: '/api/v1',
    meaning: 'Built into the web app: where the API is.',
  },
} as const satisfies Record<string, Variable>;
