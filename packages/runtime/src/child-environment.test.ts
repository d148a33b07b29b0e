import { afterEach, describe, expect, it, vi } from 'vitest';
import { childEnvironment } from './child-environment.ts';

describe('childEnvironment', () => {
  afterEach(() => {
    vi.unstubAllEnvs();
  });

  it('hands on where programs are, and keeps what is ours', () => {
    vi.stubEnv('PATH', '/somewhere');
    vi.stubEnv('SSL_CERT_FILE', undefined);
    vi.stubEnv('HERMES_REDIS_URL', 'redis://:secret@redis');
    vi.stubEnv('no_proxy', '*');
    vi.stubEnv('LD_LIBRARY_PATH', undefined);
    vi.stubEnv('SSL_CERT_DIR', undefined);
    expect(childEnvironment({ HOME: '/work' })).toEqual({ PATH: '/somewhere', LANG: 'C.UTF-8', HOME: '/work' });
  });
});
