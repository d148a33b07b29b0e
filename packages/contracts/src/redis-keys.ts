import { EVENTS, type EventName } from './events.ts';

/**
 * Every key and channel name of a deployment, in one place.
 *
 * | key | type | holds |
 * | --- | --- | --- |
 * | `hermes:seq` | integer | the last sequence number given |
 * | `hermes:epoch` | string | random id of this life of the log |
 * | `hermes:boot` | hash | the latest runs of Redis and the positions they began at; where the epoch began |
 * | `hermes:facts` | stream | every fact, under the id `seq-0` |
 * | `hermes:trimmed` | integer | the highest sequence number whose fact may be gone |
 * | `hermes:states` | sorted set | latest states by the sequence number they were stamped with |
 * | `download:<id>:progress` | string | the latest progress envelope; also the channel it is published on |
 * | `hermes:state:<event>[:<key>]` | string | the latest envelope of any other state |
 * | `hermes:download:<id>` | hash | the download, one field a property, values as JSON |
 * | `hermes:downloads:open` | sorted set | ids that are not final, in the order of the queue: rank × 2^32 + the number they came at |
 * | `hermes:queue-stats-lease` | string | held by the API that tells the state of the queue this second, expiring |
 * | `hermes:order` | integer | how many places in the queue were given |
 * | `hermes:downloads:urls` | hash | SHA-1 of the URL of what is not final (as JSON) → the newest id |
 * | `hermes:counts` | hash | downloads per status |
 * | `hermes:offsets` | hash | per projection: the last sequence number it has folded |
 * | `hermes:credentials` | hash | SHA-256 of a secret → the credential |
 * | `hermes:login-code:<sha256>` | string | a one-use log-in code, expiring |
 * | `hermes:idempotency:<sha256>` | string | the answer given to an Idempotency-Key, expiring |
 * | `hermes:token:<sha256>` | string | a stream token, expiring |
 * | `hermes:secrets:<id>` | string | sealed `DownloadSecrets` of an open download; deleted as it ends, else expiring |
 * | `hermes:removed` | sorted set | downloads that a person has removed, by when, for seven days: their partial files go |
 * | `hermes:disk:<id>` | string | the level of a disk's use that everyone was told of last, expiring |
 * | `hermes:disk-telling:<id>` | string | held by the process that tells of it, expiring |
 * | `hermes:host:<host>:holders` | sorted set | downloads that are at a host, by the end of their lease; expiring |
 * | `hermes:host:<host>:waiting` · `…:places` | sorted sets | who waits for it, by rank · by when that ends; expiring |
 * | `hermes:switches` | hash | run-time switches, values as JSON; a missing field: the environment's value |
 */
export interface Keyspace {
  readonly seq: string;
  readonly epoch: string;
  readonly boot: string;
  readonly facts: string;
  readonly trimmed: string;
  readonly states: string;
  readonly openDownloads: string;
  readonly order: string;
  readonly openUrls: string;
  readonly queueStatsLease: string;
  readonly counts: string;
  readonly offsets: string;
  readonly credentials: string;
  readonly switches: string;
  readonly removed: string;
  /** Channel on which services tell each other what concerns one connection, credential or download. */
  readonly control: string;
  /** Channel on which all gateways are asked something; nobody else listens, so who was asked can be counted. */
  readonly gateways: string;
  /** What BullMQ puts before its own keys. */
  readonly bullPrefix: string;
  download(id: string): string;
  loginCode(sha256: string): string;
  idempotency(sha256: string): string;
  token(sha256: string): string;
  /** Of one download: what its worker must be told and nobody else. */
  secrets(downloadId: string): string;
  /** Of the limit of downloads per host; `host` as in a URL, with its port. */
  host(part: 'holders' | 'waiting' | 'places', host: string): string;
  disk(id: string): string;
  diskTelling(id: string): string;
  /** Channel of one gateway: answers to what it asked the others. */
  gateway(id: string): string;
  /** Key of a latest state; of `download_progress` also the channel of that one download. */
  state(event: EventName, key: string | null): string;
  /** The aggregate channel an event is published on. */
  channel(event: EventName): string;
  /** All aggregate channels: what a gateway subscribes to. */
  readonly channels: readonly string[];
}

/**
 * @param prefix `HERMES_REDIS_PREFIX`. Empty: the names as documented. Otherwise everything begins with `{prefix}:`;
 * the braces make it a hash tag, so that in a Redis Cluster all keys of a deployment live on one node and one script
 * may touch them together.
 */
export function keyspace(prefix: string): Keyspace {
  const root = prefix === '' ? '' : `{${prefix}}:`;
  const own = (name: string) => `${root}hermes:${name}`;
  return {
    seq: own('seq'),
    epoch: own('epoch'),
    boot: own('boot'),
    facts: own('facts'),
    trimmed: own('trimmed'),
    states: own('states'),
    openDownloads: own('downloads:open'),
    order: own('order'),
    openUrls: own('downloads:urls'),
    queueStatsLease: own('queue-stats-lease'),
    counts: own('counts'),
    offsets: own('offsets'),
    credentials: own('credentials'),
    switches: own('switches'),
    removed: own('removed'),
    control: own('control'),
    gateways: own('gateways'),
    bullPrefix: own('bull'),
    download: (id) => own(`download:${id}`),
    loginCode: (sha256) => own(`login-code:${sha256}`),
    idempotency: (sha256) => own(`idempotency:${sha256}`),
    token: (sha256) => own(`token:${sha256}`),
    secrets: (id) => own(`secrets:${id}`),
    host: (part, host) => own(`host:${host}:${part}`),
    disk: (id) => own(`disk:${id}`),
    diskTelling: (id) => own(`disk-telling:${id}`),
    gateway: (id) => own(`gateway:${id}`),
    state: (event, key) =>
      event === 'download_progress'
        ? `${root}download:${key}:progress`
        : own(`state:${event}${key === null ? '' : `:${key}`}`),
    channel: (event) => root + EVENTS[event].channel,
    channels: [...new Set(Object.values(EVENTS).map((event) => root + event.channel))],
  };
}
