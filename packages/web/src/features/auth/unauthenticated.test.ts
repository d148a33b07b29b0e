import { beforeEach, describe, expect, it } from 'vitest';
import { isUnauthenticated, leadToLogin, pathAfterLogin } from './unauthenticated.ts';

const refused = Object.assign(new Error('no'), { status: 401 });

beforeEach(() => window.history.replaceState(null, '', '/'));

describe('isUnauthenticated', () => {
  it('is true for status 401 only', () => {
    expect(isUnauthenticated(refused)).toBe(true);
    expect(isUnauthenticated(Object.assign(new Error('no'), { status: 403 }))).toBe(false);
    expect(isUnauthenticated(new Error('no'))).toBe(false);
    expect(isUnauthenticated(null)).toBe(false);
  });
});

describe('leadToLogin', () => {
  it('keeps the page that was open', () => {
    window.history.replaceState(null, '', '/history?q=iso');
    leadToLogin(refused);
    expect(window.location.pathname).toBe('/login');
    expect(pathAfterLogin(window.location.search)).toBe('/history?q=iso');
  });

  it('stays where it is for any other error', () => {
    leadToLogin(new Error('no'));
    expect(window.location.pathname).toBe('/');
  });
});

describe('pathAfterLogin', () => {
  it.each([
    ['', '/'],
    ['?next=//evil.example/x', '/'],
    ['?next=/\\evil.example', '/'],
    ['?next=https://evil.example', '/'],
    ['?next=/login', '/'],
    ['?next=%2Fhistory%3Fq%3D1', '/history?q=1'],
  ])('%s → %s', (search, path) => {
    expect(pathAfterLogin(search)).toBe(path);
  });
});
