import { randomBytes } from 'node:crypto';
import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { type Duplex, Transform } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import { type Agent, request } from 'undici';
import { DownloadFailure, toNetworkFailure } from '../engines/download-failure.ts';
import { createGuardedAgent } from './guarded-agent.ts';
import { connectGuarded } from './guarded-connect.ts';

interface ProxyOptions {
  /** `HERMES_ALLOW_PRIVATE_NETWORKS` */
  allowPrivate: boolean;
  /** How long the other side may say nothing. */
  idleTimeoutMs: number;
}

/** What concerns one hop only (RFC 9110, 7.6.1), and what is between us and the program. */
const HOP_HEADERS = [
  ...['connection', 'keep-alive', 'proxy-authenticate', 'proxy-authorization', 'proxy-connection'],
  ...['te', 'trailer', 'transfer-encoding', 'upgrade'],
];

/** One program's way out. */
export class ProxySession {
  /** For the program's `--proxy`; holds a password that is good for as long as the session. */
  readonly url: string;
  /** Awaited before so many bytes are handed to the program. */
  readonly beforeBytes: (bytes: number) => Promise<void>;
  readonly #sockets = new Set<Duplex>();
  readonly #close: () => void;
  #failure: DownloadFailure | null = null;

  constructor(url: string, beforeBytes: (bytes: number) => Promise<void>, close: () => void) {
    this.url = url;
    this.beforeBytes = beforeBytes;
    this.#close = close;
  }

  /** Why a connection could not be had: a refusal by the guard if there was one, else the newest. */
  get failure(): DownloadFailure | null {
    return this.#failure;
  }

  note(failure: DownloadFailure): void {
    if (this.#failure?.code !== 'PRIVATE_ADDRESS_REFUSED') this.#failure = failure;
  }

  /** What is open ends with the session. */
  hold(socket: Duplex): void {
    this.#sockets.add(socket);
    socket.once('close', () => this.#sockets.delete(socket));
  }

  close(): void {
    this.#close();
    for (const socket of this.#sockets) socket.destroy();
  }
}

/**
 * An HTTP proxy on the loopback address, for programs that would connect by themselves: it resolves and connects in
 * their place, so that the guard judges every address they reach, and names that resolve differently a moment later
 * (DNS rebinding) gain nothing. Only who has the password of a session is served.
 */
export class GuardedProxy {
  readonly #options: ProxyOptions;
  readonly #agent: Agent;
  readonly #server: Server;
  /** By the header that the program sends. */
  readonly #sessions = new Map<string, ProxySession>();

  private constructor(options: ProxyOptions) {
    this.#options = options;
    this.#agent = createGuardedAgent(options);
    this.#server = createServer((incoming, response) => void this.#forward(incoming, response));
    this.#server.on('connect', (incoming, socket, head) => void this.#tunnel(incoming, socket, head));
    this.#server.on('clientError', (_error, socket) => socket.destroy());
  }

  static async start(options: ProxyOptions): Promise<GuardedProxy> {
    const proxy = new GuardedProxy(options);
    await new Promise<void>((done, fail) => {
      proxy.#server.once('error', fail);
      proxy.#server.listen(0, '127.0.0.1', done);
    });
    return proxy;
  }

  open(beforeBytes: (bytes: number) => Promise<void>): ProxySession {
    const password = randomBytes(24).toString('hex');
    const credential = `Basic ${Buffer.from(`hermes:${password}`).toString('base64')}`;
    const { port } = this.#server.address() as AddressInfo;
    const url = `http://hermes:${password}@127.0.0.1:${port}`;
    const session = new ProxySession(url, beforeBytes, () => this.#sessions.delete(credential));
    this.#sessions.set(credential, session);
    return session;
  }

  async close(): Promise<void> {
    for (const session of this.#sessions.values()) session.close();
    this.#server.closeAllConnections();
    await Promise.all([this.#agent.destroy(), new Promise((done) => this.#server.close(done))]);
  }

  #sessionOf(incoming: IncomingMessage): ProxySession | null {
    return this.#sessions.get(incoming.headers['proxy-authorization'] ?? '') ?? null;
  }

  /** HTTPS, and whatever else asks for a tunnel. */
  async #tunnel(incoming: IncomingMessage, client: Duplex, head: Buffer): Promise<void> {
    client.on('error', () => client.destroy());
    const session = this.#sessionOf(incoming);
    if (session === null) return void client.end(`HTTP/1.1 ${UNAUTHENTICATED}\r\n\r\n`);
    session.hold(client);
    const target = URL.parse(`tcp://${incoming.url}`);
    if (target === null || target.port === '') return void client.end('HTTP/1.1 400 Bad Request\r\n\r\n');
    try {
      const remote = await connectGuarded({
        host: target.hostname.replace(/^\[|\]$/g, ''),
        port: Number(target.port),
        allowPrivate: this.#options.allowPrivate,
        timeoutMs: this.#options.idleTimeoutMs,
      });
      session.hold(remote);
      remote.setTimeout(this.#options.idleTimeoutMs, () => {
        session.note(new DownloadFailure('TIMED_OUT'));
        remote.destroy();
      });
      client.write('HTTP/1.1 200 Connection established\r\n\r\n');
      if (head.length > 0) remote.write(head);
      const gone = () => {};
      await Promise.all([pipeline(remote, gate(session), client).catch(gone), pipeline(client, remote).catch(gone)]);
    } catch (error) {
      const failure = toNetworkFailure(error);
      session.note(failure);
      client.end(`HTTP/1.1 ${statusOf(failure)}\r\n\r\n`);
    }
  }

  /** Plain HTTP: a request in absolute form. */
  async #forward(incoming: IncomingMessage, response: ServerResponse): Promise<void> {
    const session = this.#sessionOf(incoming);
    if (session === null) return void response.writeHead(407, { 'proxy-authenticate': CHALLENGE }).end();
    session.hold(incoming.socket);
    if (!incoming.url?.startsWith('http://')) return void response.writeHead(400).end();
    const ended = new AbortController();
    response.once('close', () => ended.abort());
    try {
      const hasBody = 'content-length' in incoming.headers || 'transfer-encoding' in incoming.headers;
      const answer = await request(incoming.url, {
        dispatcher: this.#agent,
        method: incoming.method as 'GET',
        // The address decides, not what the program says of it (RFC 9112, 3.2.2).
        headers: { ...endToEnd(incoming.headers), host: new URL(incoming.url).host },
        body: hasBody ? incoming : null,
        signal: ended.signal,
      });
      response.writeHead(answer.statusCode, endToEnd(answer.headers));
      await pipeline(answer.body, gate(session), response);
    } catch (error) {
      if (ended.signal.aborted) return;
      const failure = toNetworkFailure(error);
      session.note(failure);
      if (response.headersSent) response.destroy();
      else response.writeHead(Number(statusOf(failure).slice(0, 3))).end();
    }
  }
}

const CHALLENGE = 'Basic realm="hermes"';
const UNAUTHENTICATED = `407 Proxy Authentication Required\r\nProxy-Authenticate: ${CHALLENGE}`;

function statusOf({ code }: DownloadFailure): string {
  if (code === 'PRIVATE_ADDRESS_REFUSED') return '403 Forbidden';
  return code === 'TIMED_OUT' ? '504 Gateway Timeout' : '502 Bad Gateway';
}

function endToEnd(headers: IncomingMessage['headers']): Record<string, string | string[]> {
  const named = (headers.connection ?? '')
    .toLowerCase()
    .split(',')
    .map((name) => name.trim());
  return Object.fromEntries(
    Object.entries(headers).filter(
      (entry): entry is [string, string | string[]] =>
        entry[1] !== undefined && !HOP_HEADERS.includes(entry[0]) && !named.includes(entry[0]),
    ),
  );
}

/** Lets bytes through for as long as the attempt is ours. */
function gate(session: ProxySession): Transform {
  return new Transform({
    transform: (chunk: Buffer, _encoding, done) => {
      session.beforeBytes(chunk.length).then(
        () => done(null, chunk),
        (error: Error) => done(error),
      );
    },
  });
}
