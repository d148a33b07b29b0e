import { expect, it } from 'vitest';
import { takeLoginCode } from './take-login-code.ts';

it('takes the code out of the address and leaves the rest', () => {
  window.history.replaceState(null, '', '/login?code=abc&next=%2Fhistory');
  expect(takeLoginCode()).toBe('abc');
  expect(window.location.search).toBe('?next=%2Fhistory');
  expect(takeLoginCode()).toBeNull();
});

it('takes an empty code for none', () => {
  window.history.replaceState(null, '', '/login?code=');
  expect(takeLoginCode()).toBeNull();
  expect(window.location.href).not.toContain('code');
});
