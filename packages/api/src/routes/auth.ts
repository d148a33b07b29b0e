import {
  type CreateApiKeyResponse,
  createApiKeyRequestSchema,
  type LoginRequest,
  type LoginResponse,
  loginRequestSchema,
  SESSION_COOKIE,
} from '@hermes/contracts';
import { hashSecret, ProblemError, sessionCookieOf, validate } from '@hermes/runtime';
import type { FastifyInstance, FastifyRequest } from 'fastify';
import { mirrorCredentials } from '../auth/credential-mirror.ts';
import { redeemLoginCode } from '../auth/login-codes.ts';
import type { Service } from '../service.ts';
import { refuseQuery } from './refuse-query.ts';

export function authRoutes(app: FastifyInstance, service: Service): void {
  const { credentials } = service;

  app.get('/auth/api-keys', { config: { permission: 'admin' } }, async (request) => {
    refuseQuery(request);
    return { items: await credentials.listApiKeys() };
  });

  app.post('/auth/api-keys', { config: { permission: 'admin' } }, async (request, reply) => {
    refuseQuery(request);
    const wanted = validate(createApiKeyRequestSchema, request.body, 'body');
    if (wanted.expires_at !== null && Date.parse(wanted.expires_at) <= Date.now()) {
      throw new ProblemError('VALIDATION_FAILED', {
        detail: 'body.expires_at must be in the future',
        invalidParams: [{ field: 'body.expires_at', message: 'must be in the future' }],
      });
    }
    const { apiKey, key } = await credentials.createApiKey(wanted);
    await mirrorCredentials(service);
    const body: CreateApiKeyResponse = { ...apiKey, key };
    return reply.code(201).header('cache-control', 'no-store').send(body);
  });

  app.delete<{ Params: { id: string } }>(
    '/auth/api-keys/:id',
    { config: { permission: 'admin' } },
    async (request, reply) => {
      refuseQuery(request);
      const removal = await credentials.removeApiKey(request.params.id);
      if (removal === 'unknown') throw new ProblemError('API_KEY_NOT_FOUND');
      if (removal === 'last_admin') throw new ProblemError('LAST_ADMIN_KEY');
      await mirrorCredentials(service);
      return reply.code(204).send();
    },
  );

  app.post('/auth/login', { config: { permission: 'public' } }, async (request, reply) => {
    refuseQuery(request);
    const login = validate(loginRequestSchema, request.body, 'body');
    const session = await credentials.createSession(await keyIdOf(service, login));
    if (session === null) throw new ProblemError('INVALID_CREDENTIAL');
    await mirrorCredentials(service);
    const { secret, ...body } = session;
    const maxAge = Math.max(0, Math.floor((Date.parse(body.expires_at) - Date.now()) / 1000));
    return reply
      .header('set-cookie', sessionCookie(request, secret, maxAge))
      .header('cache-control', 'no-store')
      .send(body satisfies LoginResponse);
  });

  // Public, so that also a session that has expired or was revoked leaves the browser.
  app.post('/auth/logout', { config: { permission: 'public' } }, async (request, reply) => {
    refuseQuery(request);
    const secret = sessionCookieOf(request);
    if (secret !== null && (await credentials.removeSession(hashSecret(secret)))) await mirrorCredentials(service);
    return reply
      .header('set-cookie', sessionCookie(request, '', 0))
      .code(204)
      .send();
  });
}

/** @throws {ProblemError} INVALID_CREDENTIAL or CREDENTIAL_EXPIRED. */
async function keyIdOf(service: Service, login: LoginRequest): Promise<string> {
  if ('code' in login) {
    const keyId = await redeemLoginCode(service.redis, service.keys, login.code);
    if (keyId === null) throw new ProblemError('INVALID_CREDENTIAL', { detail: 'The code was used or has expired' });
    return keyId;
  }
  const credential = await service.credentials.find(hashSecret(login.key));
  if (credential === null || credential.kind !== 'api_key') throw new ProblemError('INVALID_CREDENTIAL');
  if (credential.expires_at !== null && Date.parse(credential.expires_at) <= Date.now()) {
    throw new ProblemError('CREDENTIAL_EXPIRED');
  }
  return credential.key_id;
}

function sessionCookie(request: FastifyRequest, value: string, maxAgeSeconds: number): string {
  const secure = request.protocol === 'https' ? '; Secure' : '';
  return `${SESSION_COOKIE}=${value}; Path=/; Max-Age=${maxAgeSeconds}; HttpOnly; SameSite=Strict${secure}`;
}
