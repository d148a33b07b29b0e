import { describe, expect, it } from 'vitest';
import { DownloadFailure, toDiskFailure, toNetworkFailure } from './download-failure.ts';

const withCode = (code: string) => Object.assign(new Error(`failed: /home/someone/${code}`), { code });

describe('toDiskFailure', () => {
  it.each([
    ['ENOSPC', 'DISK_FULL'],
    ['EDQUOT', 'DISK_FULL'],
    ['EIO', 'WRITE_FAILED'],
    ['EROFS', 'WRITE_FAILED'],
  ])('%s is %s, and says no path', (code, expected) => {
    const failure = toDiskFailure(withCode(code));
    expect(failure).toMatchObject({ code: expected, retryable: false, cause: { code } });
    expect(failure.message).not.toContain('/home');
  });
});

describe('toNetworkFailure', () => {
  it.each([
    ['ECONNRESET', 'CONNECTION_FAILED'],
    ['UND_ERR_SOCKET', 'CONNECTION_FAILED'],
    ['EAI_AGAIN', 'DNS_FAILED'],
    ['UND_ERR_BODY_TIMEOUT', 'TIMED_OUT'],
    ['CERT_HAS_EXPIRED', 'TLS_FAILED'],
    ['ERR_TLS_CERT_ALTNAME_INVALID', 'TLS_FAILED'],
    ['UND_ERR_RES_CONTENT_LENGTH_MISMATCH', 'SIZE_MISMATCH'],
  ])('%s is %s', (code, expected) => expect(toNetworkFailure(withCode(code)).code).toBe(expected));

  it('looks into what failed in several ways, and into causes', () => {
    expect(toNetworkFailure(new AggregateError([withCode('ETIMEDOUT')])).code).toBe('TIMED_OUT');
    expect(toNetworkFailure(new Error('outer', { cause: withCode('ENOTFOUND') })).code).toBe('DNS_FAILED');
    expect(toNetworkFailure('odd').code).toBe('CONNECTION_FAILED');
  });

  it('leaves alone what is one already', () => {
    const failure = new DownloadFailure('PRIVATE_ADDRESS_REFUSED');
    expect(toNetworkFailure(failure)).toBe(failure);
    expect(toDiskFailure(failure)).toBe(failure);
  });
});
