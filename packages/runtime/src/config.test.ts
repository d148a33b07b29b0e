import { homedir } from 'node:os';
import { join } from 'node:path';
import { EnvironmentError } from '@hermes/contracts';
import { describe, expect, it } from 'vitest';
import { isLoopback, loadConfig } from './config.ts';

describe('loadConfig', () => {
  it('puts everything below the home directory unless told otherwise', () => {
    const home = join(homedir(), '.hermes');
    expect(loadConfig({})).toMatchObject({
      HERMES_HOME: home,
      HERMES_DOWNLOAD_DIR: join(home, 'downloads'),
      HERMES_DATABASE_PATH: join(home, 'hermes.db'),
      HERMES_PORT: 3000,
    });
  });

  it('takes relative paths against HERMES_HOME, and absolute ones as they are', () => {
    const config = loadConfig({
      HERMES_HOME: '/srv/hermes/',
      HERMES_DOWNLOAD_DIR: '../files',
      HERMES_DATABASE_PATH: '/var/lib/hermes.db',
    });
    expect(config.HERMES_HOME).toBe('/srv/hermes');
    expect(config.HERMES_DOWNLOAD_DIR).toBe('/srv/files');
    expect(config.HERMES_DATABASE_PATH).toBe('/var/lib/hermes.db');
    expect(loadConfig({ HERMES_HOME: 'hermes' }).HERMES_HOME).toBe(join(homedir(), 'hermes'));
  });

  it.each(['HERMES_HOME', 'HERMES_DOWNLOAD_DIR', 'HERMES_DATABASE_PATH'])('refuses a raw ~ in %s', (variable) => {
    for (const path of ['~', '~/hermes', '~someone/hermes']) {
      expect(() => loadConfig({ [variable]: path })).toThrowError(
        new EnvironmentError(variable, path, 'write the path out: a raw ~ is not expanded here'),
      );
    }
  });

  it('runs without authentication only where nobody else can come', () => {
    for (const host of ['127.0.0.1', '127.8.9.10', 'localhost', '::1']) {
      expect(loadConfig({ HERMES_AUTH: 'off', HERMES_HOST: host }).HERMES_AUTH).toBe('off');
    }
    for (const host of ['0.0.0.0', '::', '192.168.1.2', 'hermes.example.com', '127.0.0.1.example.com']) {
      expect(() => loadConfig({ HERMES_AUTH: 'off', HERMES_HOST: host })).toThrow(/^HERMES_AUTH="off" is not allowed/);
      expect(loadConfig({ HERMES_HOST: host }).HERMES_AUTH).toBe('on');
    }
  });

  it('refuses Postgres, and keeps its password to itself', () => {
    const load = () => loadConfig({ HERMES_DATABASE_URL: 'postgres://u:s3cret@h/d' });
    expect(load).toThrow(/^HERMES_DATABASE_URL=.*not supported yet/);
    expect(load).not.toThrow(/s3cret/);
  });

  it('refuses to stop downloads before it warns of a full disk', () => {
    expect(() => loadConfig({ HERMES_DISK_STOP_PERCENT: '80' })).toThrow(
      'HERMES_DISK_STOP_PERCENT="80" is not allowed: not below HERMES_DISK_WARN_PERCENT, and that is 90',
    );
    expect(loadConfig({ HERMES_DISK_WARN_PERCENT: '95' }).HERMES_DISK_STOP_PERCENT).toBe(95);
  });

  it('passes on what the contracts refuse', () => {
    expect(() => loadConfig({ HERMES_PORT: 'http' })).toThrow(EnvironmentError);
  });
});

describe('isLoopback', () => {
  it.each([
    ['localhost', true],
    ['127.0.0.1', true],
    ['::1', true],
    ['127.example.com', false],
    ['10.0.0.1', false],
    ['', false],
  ])('%s: %s', (host, expected) => {
    expect(isLoopback(host)).toBe(expected);
  });
});
