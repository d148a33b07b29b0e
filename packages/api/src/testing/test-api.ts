import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { PassThrough } from 'node:stream';
import { API_BASE, type Permission } from '@hermes/contracts';
import { createLogger, loadConfig } from '@hermes/runtime';
import type { FastifyInstance, InjectOptions, LightMyRequestResponse } from 'fastify';
import { buildApp } from '../app.ts';
import { type Api, createApi } from '../create-api.ts';
import { expectDocumented } from './documented-answer.ts';

/** A whole API on a real database in a home of its own. */
export interface TestApi {
  readonly home: string;
  readonly api: Api;
  readonly app: FastifyInstance;
  readonly adminKey: string;
  /** Everything logged so far. */
  log(): string;
  /**
   * `path` below `API_BASE`, with the admin key unless `key` says otherwise (null: none). The answer is held to the
   * document.
   */
  call(
    method: 'GET' | 'POST' | 'PATCH' | 'DELETE' | 'PUT',
    path: string,
    options?: { body?: unknown; key?: string | null; headers?: Record<string, string> },
  ): Promise<LightMyRequestResponse>;
  newKey(permissions: Permission[], expiresAt?: string): Promise<{ id: string; key: string }>;
  /** Ends it as a process would end; the home stays. */
  stop(): Promise<void>;
  close(): Promise<void>;
}

export async function startTestApi(
  redisUrl: string,
  options: { env?: Record<string, string>; home?: string; jobCheckMs?: number } = {},
): Promise<TestApi> {
  const home = options.home ?? (await mkdtemp(join(tmpdir(), 'hermes-api-')));
  const config = loadConfig({ HERMES_HOME: home, HERMES_RATE_LIMIT_PER_MINUTE: '100000', ...options.env });
  const lines: string[] = [];
  const sink = new PassThrough();
  sink.on('data', (chunk: Buffer) => lines.push(chunk.toString()));
  const logger = createLogger('api', 'trace', sink);
  const api = await createApi({
    ...{ config, redisUrl, logger, sseEnabled: true },
    ...(options.jobCheckMs === undefined ? {} : { jobCheckMs: options.jobCheckMs }),
  });
  const app = await buildApp(api, config, logger);
  await app.ready();
  const adminKey = (await api.ensureAdminKey()).key;
  let stopped = false;
  const stop = async () => {
    if (stopped) return;
    stopped = true;
    await app.close();
    await api.close();
  };
  const call: TestApi['call'] = async (method, path, { body, key = adminKey, headers = {} } = {}) => {
    const request: InjectOptions = {
      method,
      url: API_BASE + path,
      headers: { host: 'localhost', ...(key === null ? {} : { authorization: `Bearer ${key}` }), ...headers },
      ...(body === undefined ? {} : { payload: body as object }),
    };
    const answer = await app.inject(request);
    expectDocumented(method, API_BASE + path, answer);
    return answer;
  };
  return {
    home,
    api,
    app,
    adminKey,
    log: () => lines.join(''),
    call,
    async newKey(permissions, expiresAt) {
      const answer = await call('POST', '/auth/api-keys', {
        body: { name: 'test', permissions, ...(expiresAt === undefined ? {} : { expires_at: expiresAt }) },
      });
      return answer.json<{ id: string; key: string }>();
    },
    stop,
    async close() {
      await stop();
      await rm(home, { recursive: true, force: true });
    },
  };
}

/** `name=value` of the cookie that an answer sets. */
export function cookieOf(answer: LightMyRequestResponse): string {
  return String(answer.headers['set-cookie']).split(';')[0] ?? '';
}
