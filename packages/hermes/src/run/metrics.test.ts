import { readFile } from 'node:fs/promises';
import { get } from 'node:http';
import { join, resolve } from 'node:path';
import { createLogger, loadConfig } from '@hermes/runtime';
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest';
import { metricSamples } from '../../../../tests/support/metric-samples.ts';
import { makeTestHome } from '../fixtures/test-home.ts';
import { networkOrigins } from './listen.ts';
import { type RunningHermes, runHermes } from './run-hermes.ts';

let hermes: RunningHermes;
let removeHome: () => Promise<void>;

beforeAll(async () => {
  const made = await makeTestHome({ HERMES_PORT: '0', HERMES_HOST: '0.0.0.0' });
  removeHome = made.remove;
  hermes = await runHermes({
    config: loadConfig(),
    logger: createLogger('test', 'silent'),
    webRoot: join(made.home, 'no-web-app'),
    cacheDir: join(made.home, 'cache'),
    onProgress: () => {},
    signal: new AbortController().signal,
  });
});
afterAll(async () => {
  vi.unstubAllEnvs();
  await hermes?.stop();
  await removeHome?.();
});

describe('GET /metrics of hermes start', () => {
  it('is there for this machine, and holds all services and the process', async () => {
    const answer = await fetch(`${hermes.origin}/metrics`);
    expect([answer.status, answer.headers.get('content-type')]).toEqual([
      200,
      'text/plain; version=0.0.4; charset=utf-8',
    ]);
    const names = metricSamples(await answer.text()).map(({ name }) => name);
    expect(names).toEqual(
      expect.arrayContaining([
        'hermes_gateway_connections',
        'hermes_api_projection_lag_events',
        'hermes_worker_active_downloads',
        'process_resident_memory_bytes',
      ]),
    );
  });

  it.each([
    ['X-Forwarded-For', '127.0.0.1'],
    ['Forwarded', 'for=127.0.0.1'],
    ['Via', '1.1 proxy'],
  ])('is not there with %s', async (name, value) => {
    expect((await fetch(`${hermes.origin}/metrics`, { headers: { [name]: value } })).status).toBe(404);
  });

  it('is not there for any other address, although the rest is', async ({ skip }) => {
    const [origin] = networkOrigins('0.0.0.0', Number(new URL(hermes.origin).port));
    // From an address of its own network a machine also calls itself by that address.
    if (origin === undefined) return skip('this machine has no address but the loopback');
    expect((await fetch(`${origin}/api/v1/health`)).status).toBe(200);
    // Whatever it says it came for, which `fetch` would not let it.
    const status = await new Promise((done, fail) => {
      get(`${origin}/metrics`, { headers: { host: 'localhost' } }, (response) => {
        response.resume();
        done(response.statusCode);
      }).on('error', fail);
    });
    expect(status).toBe(404);
  });
});

it('docs/operations.md lists every metric as it is, and no other', async () => {
  const text = await (await fetch(`${hermes.origin}/metrics`)).text();
  const samples = metricSamples(text);
  const measured = [...text.matchAll(/^# TYPE (hermes_\w+) (\w+)$/gm)].map(([, name = '', type]) => {
    const parts = [name, `${name}_bucket`];
    const labels = samples.filter((sample) => parts.includes(sample.name)).flatMap((s) => Object.keys(s.labels));
    return [
      name,
      type,
      [...new Set(labels)]
        .filter((label) => label !== 'le')
        .sort()
        .join(', '),
    ];
  });
  const page = await readFile(resolve(import.meta.dirname, '../../../../docs/operations.md'), 'utf8');
  const documented = page
    .split('\n')
    .filter((line) => line.startsWith('| `hermes_'))
    .map((line) => line.split('|').map((cell) => cell.trim()))
    .map(([, name = '', type, labels = '']) => [
      name.replaceAll('`', ''),
      type,
      [...labels.matchAll(/`(\w+)`/g)]
        .map(([, label]) => label)
        .sort()
        .join(', '),
    ]);
  expect(documented.toSorted()).toEqual(measured.toSorted());
});
