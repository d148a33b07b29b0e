import { act, cleanup, fireEvent, render, screen } from '@testing-library/react';
import { afterEach, beforeEach, expect, it, vi } from 'vitest';
import { Hints } from './hints.tsx';

beforeEach(() => vi.useFakeTimers());
afterEach(() => {
  cleanup();
  vi.useRealTimers();
});

function draw(hint: string | null = 'Cancel') {
  return (
    <>
      <Hints />
      <p>Elsewhere</p>
      {hint !== null && (
        <button type="button" data-hint={hint} aria-label="Cancel film.bin">
          <svg aria-hidden="true">
            <path />
          </svg>
        </button>
      )}
    </>
  );
}

const shown = () => document.querySelector('.hint')?.textContent ?? null;
const pointAt = (element: Element, pointerType = 'mouse') =>
  fireEvent(element, Object.assign(new Event('pointerover', { bubbles: true }), { pointerType }));

it('shows what is pointed at, in it too, and nothing elsewhere', () => {
  render(draw());
  pointAt(screen.getByRole('button').querySelector('path') as Element);
  expect(shown()).toBe('Cancel');
  pointAt(screen.getByText('Elsewhere'));
  expect(shown()).toBeNull();
  pointAt(screen.getByRole('button'), 'touch');
  expect(shown()).toBeNull();
});

it('shows what has the focus of the keyboard, until Escape', () => {
  render(draw());
  act(() => screen.getByRole('button').focus());
  expect(shown()).toBe('Cancel');
  fireEvent.keyDown(document.body, { key: 'Escape' });
  expect(shown()).toBeNull();
  act(() => screen.getByRole('button').blur());
  expect(shown()).toBeNull();
});

it('says what the button says by now, and goes with it', () => {
  const { rerender } = render(draw('Copy'));
  pointAt(screen.getByRole('button'));
  rerender(draw('Copied'));
  act(() => vi.advanceTimersByTime(200));
  expect(shown()).toBe('Copied');
  rerender(draw(null));
  act(() => vi.advanceTimersByTime(200));
  expect(shown()).toBeNull();
});

it('keeps to the window', () => {
  render(draw());
  const button = screen.getByRole('button');
  button.getBoundingClientRect = () => new DOMRect(2, 2, 20, 20);
  pointAt(button);
  expect(document.querySelector<HTMLElement>('.hint')?.style).toMatchObject({ left: '6px', top: '28px' });
});
