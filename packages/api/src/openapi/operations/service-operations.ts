import {
  changeConfigRequestSchema,
  createApiKeyRequestSchema,
  createApiKeyResponseSchema,
  healthSchema,
  listApiKeysResponseSchema,
  loginRequestSchema,
  loginResponseSchema,
  publicConfigSchema,
  readinessSchema,
} from '@hermes/contracts';
import { z } from 'zod';
import { apiKeyExample, configExample, readinessExample } from '../examples.ts';
import type { Operations } from '../operation.ts';

/** Health, configuration, keys and log-in. */
export const serviceOperations: Operations = {
  'GET /health': {
    tag: 'service',
    summary: 'Whether the process answers',
    permission: 'public',
    answers: { 200: { description: 'It does', schema: healthSchema, example: { status: 'ok', version: '0.1.0' } } },
    problems: [],
  },
  'GET /health/ready': {
    tag: 'service',
    summary: 'Whether everything that it needs answers as well',
    permission: 'public',
    uncached: true,
    answers: {
      200: { description: 'It does', schema: readinessSchema, example: readinessExample },
      503: {
        description: 'Something is away',
        schema: readinessSchema,
        example: {
          ...readinessExample,
          status: 'degraded',
          dependencies: { ...readinessExample.dependencies, redis: { status: 'down' } },
        },
      },
    },
    problems: [],
  },
  'GET /config': {
    tag: 'service',
    summary: 'What a page must know before it knows who is asking',
    permission: 'public',
    uncached: true,
    answers: { 200: { description: 'What is in force', schema: publicConfigSchema, example: configExample } },
    problems: [],
  },
  'PATCH /config': {
    tag: 'service',
    summary: 'Switch event streams at run time',
    description: 'For all processes of a deployment. `null` goes back to the value of the environment.',
    permission: 'admin',
    body: changeConfigRequestSchema,
    bodyExample: { sse_enabled: false },
    answers: {
      200: {
        description: 'What is in force now',
        schema: publicConfigSchema,
        example: { ...configExample, sse_enabled: false },
      },
    },
    problems: ['REDIS_UNAVAILABLE'],
  },
  'GET /auth/api-keys': {
    tag: 'access',
    summary: 'List API keys',
    permission: 'admin',
    answers: {
      200: {
        description: 'All of them, without their secrets',
        schema: listApiKeysResponseSchema,
        example: { items: [apiKeyExample] },
      },
    },
    problems: [],
  },
  'POST /auth/api-keys': {
    tag: 'access',
    summary: 'Make an API key',
    permission: 'admin',
    body: createApiKeyRequestSchema,
    bodyExample: { name: 'phone', permissions: ['read', 'download'] },
    answers: {
      201: {
        description: 'The key, shown this once',
        schema: createApiKeyResponseSchema,
        example: { ...apiKeyExample, key: 'hermes_4d8Q…' },
      },
    },
    problems: ['REDIS_UNAVAILABLE'],
  },
  'DELETE /auth/api-keys/:id': {
    tag: 'access',
    summary: 'Revoke an API key',
    description: 'Its sessions, stream tokens and open streams end with it.',
    permission: 'admin',
    params: { id: z.string() },
    answers: { 204: { description: 'It opens nothing any more' } },
    problems: ['API_KEY_NOT_FOUND', 'LAST_ADMIN_KEY', 'REDIS_UNAVAILABLE'],
  },
  'POST /auth/login': {
    tag: 'access',
    summary: 'Exchange a key or a one-use code for a session',
    permission: 'public',
    body: loginRequestSchema,
    bodyExample: { key: 'hermes_4d8Q…' },
    answers: {
      200: {
        description: 'The session, in an HttpOnly cookie',
        schema: loginResponseSchema,
        example: {
          name: apiKeyExample.name,
          permissions: apiKeyExample.permissions,
          expires_at: '2026-03-01T09:41:00.000Z',
        },
        headers: ['Set-Cookie'],
      },
    },
    problems: ['INVALID_CREDENTIAL', 'CREDENTIAL_EXPIRED', 'REDIS_UNAVAILABLE'],
  },
  'POST /auth/logout': {
    tag: 'access',
    summary: 'End the session of the cookie',
    permission: 'public',
    answers: { 204: { description: 'It has ended', headers: ['Set-Cookie'] } },
    problems: ['REDIS_UNAVAILABLE'],
  },
};
