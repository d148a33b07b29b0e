import { cleanup, render, screen } from '@testing-library/react';
import { afterEach, beforeEach, expect, it, vi } from 'vitest';
import { useShortcuts } from './use-shortcuts.ts';

const actions = { q: vi.fn(), 'g q': vi.fn(), enter: vi.fn(), ' ': vi.fn() };

function Page() {
  useShortcuts(actions);
  return (
    <>
      <input aria-label="Search" />
      <button type="button">Pause</button>
      <p>Text</p>
      <div role="dialog">
        <p>Question</p>
      </div>
    </>
  );
}

/** Its `q` is not meant by the `g q` of another. */
function PageOfOne() {
  useShortcuts({ q: actions.q });
  return null;
}

/** @returns whether the browser goes on to do what it does by itself. */
function press(key: string, target: Element = document.body, init: KeyboardEventInit = {}): boolean {
  return target.dispatchEvent(new KeyboardEvent('keydown', { key, bubbles: true, cancelable: true, ...init }));
}

beforeEach(() => void render(<Page />));
afterEach(() => {
  cleanup();
  vi.clearAllMocks();
});

it('answers a key, whatever its case, and keeps it from the browser', () => {
  expect(press('Q', screen.getByText('Text'))).toBe(false);
  expect(actions.q).toHaveBeenCalledOnce();
});

it('takes two keys in a row for one', () => {
  press('g');
  press('q');
  expect(actions['g q']).toHaveBeenCalledOnce();
  expect(actions.q).not.toHaveBeenCalled();
  press('q');
  expect(actions.q).toHaveBeenCalledOnce();
});

it('takes what follows a `g` for its second half, also where that means nothing', () => {
  press('g');
  press('g');
  press('q');
  expect(actions['g q']).toHaveBeenCalledOnce();
  vi.clearAllMocks();
  cleanup();
  render(<PageOfOne />);
  press('g');
  expect(press('q')).toBe(true);
  expect(actions.q).not.toHaveBeenCalled();
});

it('rests while one types, over a dialog, and with a modifier', () => {
  expect(press('q', screen.getByLabelText('Search'))).toBe(true);
  expect(press('q', screen.getByText('Question'))).toBe(true);
  expect(press('q', document.body, { ctrlKey: true })).toBe(true);
  expect(actions.q).not.toHaveBeenCalled();
});

it('leaves Enter and Space to a button that has the focus', () => {
  for (const key of ['Enter', ' ']) expect(press(key, screen.getByText('Pause'))).toBe(true);
  expect(actions.enter).not.toHaveBeenCalled();
  for (const key of ['Enter', ' ']) expect(press(key)).toBe(false);
  expect(actions.enter).toHaveBeenCalledOnce();
  expect(actions[' ']).toHaveBeenCalledOnce();
});
