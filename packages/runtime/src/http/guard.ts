import { createHash } from 'node:crypto';
import { isIP } from 'node:net';
import { allows, type Credential, type Permission, SESSION_COOKIE } from '@hermes/contracts';
import type { FastifyInstance, FastifyRequest } from 'fastify';
import { ProblemError } from '../problem-error.ts';

declare module 'fastify' {
  interface FastifyContextConfig {
    /** What a caller must hold; every route declares it. */
    permission?: Permission | 'public';
    /** Whether a stream token in `?token=` opens it as well. */
    takesToken?: boolean;
  }
  interface FastifyRequest {
    /** Who is asking; null on public routes and while authentication is off. */
    credential: Credential | null;
    /** SHA-256 of the secret that was shown, in hex. */
    credentialHash: string | null;
  }
}

export interface GuardOptions {
  authentication: 'on' | 'off';
  /** `HERMES_ALLOWED_ORIGINS`. */
  allowedOrigins: readonly string[];
  /** `HERMES_HOST`: a name that this server answers to. */
  host: string;
  /** @param sha256 of the secret, in hex. */
  findCredential(sha256: string): Promise<Credential | null>;
  /** For routes that take stream tokens. What is found by one is not found by the other: no key works in a URL. */
  findToken?(sha256: string): Promise<Credential | null>;
}

const SAFE_METHODS = new Set(['GET', 'HEAD', 'OPTIONS']);

/**
 * Checks every request of this scope, in this order: the Host header (DNS rebinding), the origin of mutations (CSRF),
 * the credential, the permission that the route declares. A route that declares none cannot be registered.
 */
export function guard(app: FastifyInstance, options: GuardOptions): void {
  const hosts = new Set([
    'localhost',
    options.host.toLowerCase(),
    ...options.allowedOrigins.map((origin) => new URL(origin).hostname),
  ]);
  app.decorateRequest('credential', null);
  app.decorateRequest('credentialHash', null);

  app.addHook('onRoute', (route) => {
    if (route.config?.permission === undefined) {
      throw new Error(`${String(route.method)} ${route.url} declares no permission`);
    }
  });

  app.addHook('onRequest', async (request) => {
    checkHost(request, hosts);
    if (!SAFE_METHODS.has(request.method)) checkOrigin(request, options.allowedOrigins);
    const { permission } = request.routeOptions.config;
    // No permission: no such route. Whoever asks for it learns that, and nothing else.
    if (permission === undefined || permission === 'public' || options.authentication === 'off') return;
    const token = request.routeOptions.config.takesToken === true ? tokenOf(request) : null;
    const secret = token ?? secretOf(request);
    if (secret === null) throw new ProblemError('UNAUTHENTICATED');
    const sha256 = hashSecret(secret);
    const found = await (token === null ? options.findCredential(sha256) : options.findToken?.(sha256));
    const credential = found ?? null;
    if (credential === null) throw new ProblemError('INVALID_CREDENTIAL');
    // So put that a time which cannot be read counts as past.
    if (credential.expires_at !== null && !(Date.parse(credential.expires_at) > Date.now())) {
      throw new ProblemError('CREDENTIAL_EXPIRED');
    }
    if (!allows(credential.permissions, permission)) {
      throw new ProblemError('FORBIDDEN', { detail: `This needs the permission "${permission}"` });
    }
    request.credential = credential;
    request.credentialHash = sha256;
  });
}

/** SHA-256 in hex. Our secrets are random and long, so that a slow hash would protect nothing. */
export function hashSecret(secret: string): string {
  return createHash('sha256').update(secret).digest('hex');
}

/** `Authorization: Bearer`, `X-API-Key`, or the session cookie; a header goes before the cookie. */
export function secretOf(request: FastifyRequest): string | null {
  const { authorization } = request.headers;
  if (authorization !== undefined) return /^Bearer +(\S+)$/i.exec(authorization)?.[1] ?? '';
  const apiKey = request.headers['x-api-key'];
  if (typeof apiKey === 'string') return apiKey;
  return sessionCookieOf(request);
}

/**
 * The stream token of a request that shows no key: it goes before the cookie, which a browser sends unasked. One that is
 * empty or said twice is a wrong one, not none.
 */
function tokenOf(request: FastifyRequest): string | null {
  if (request.headers.authorization !== undefined || request.headers['x-api-key'] !== undefined) return null;
  const { token } = request.query as { token?: unknown };
  if (token === undefined) return null;
  return typeof token === 'string' ? token : '';
}

/** The value of the session cookie, or null. */
export function sessionCookieOf(request: FastifyRequest): string | null {
  for (const pair of (request.headers.cookie ?? '').split(';')) {
    const at = pair.indexOf('=');
    if (at > 0 && pair.slice(0, at).trim() === SESSION_COOKIE) return pair.slice(at + 1).trim();
  }
  return null;
}

/**
 * A page of another site can make its own name resolve to our address, and then is of our origin as far as the browser
 * can tell; but its requests still carry its name. An address cannot be rebound.
 */
function checkHost(request: FastifyRequest, hosts: ReadonlySet<string>): void {
  const host = hostnameOf(request.headers.host);
  if (host !== null && (hosts.has(host) || host.endsWith('.localhost') || isIP(host.replace(/^\[|\]$/g, '')) !== 0))
    return;
  throw new ProblemError('HOST_REFUSED', {
    detail: 'Add the origin that you use, such as https://hermes.example.com, to HERMES_ALLOWED_ORIGINS',
  });
}

function checkOrigin(request: FastifyRequest, allowedOrigins: readonly string[]): void {
  const { origin } = request.headers;
  const site = request.headers['sec-fetch-site'];
  if (origin !== undefined && allowedOrigins.includes(origin)) return;
  const foreign =
    site !== undefined
      ? site !== 'same-origin' && site !== 'none'
      : origin !== undefined && URL.parse(origin)?.host !== request.headers.host?.toLowerCase();
  if (foreign) {
    throw new ProblemError('ORIGIN_REFUSED', { detail: 'Origins that may are listed in HERMES_ALLOWED_ORIGINS' });
  }
}

function hostnameOf(header: string | undefined): string | null {
  // Nothing but a name and a port: what else a URL may hold would only hide the name.
  if (header === undefined || /[^\w.:[\]-]/.test(header)) return null;
  return URL.parse(`http://${header}`)?.hostname.toLowerCase() ?? null;
}
