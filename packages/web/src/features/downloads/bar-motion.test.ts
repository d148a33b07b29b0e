import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { BarMotion } from './bar-motion.ts';

beforeEach(() => {
  vi.useFakeTimers({ toFake: ['performance'] });
});
afterEach(() => {
  vi.useRealTimers();
});

function bar() {
  const fill = document.createElement('div');
  const motion = new BarMotion();
  const move = (progress: number | null, isTurn = false) => motion.move(fill, progress, isTurn);
  return {
    fill,
    move,
    glide: () => (fill.hasAttribute('data-glides') ? fill.style.getPropertyValue('--glide') : null),
  };
}

describe('BarMotion', () => {
  it('begins where it is, without a glide', () => {
    const { fill, move, glide } = bar();
    move(40);
    expect(fill.style.transform).toBe('translateX(-60%)');
    expect(glide()).toBeNull();
  });

  it('glides to a value that is seen to be another, for as long as the last update took', () => {
    const { fill, move, glide } = bar();
    move(40);
    vi.advanceTimersByTime(260);
    move(42);
    expect(fill.style.transform).toBe('translateX(-58%)');
    expect(glide()).toBe('250ms');
    vi.advanceTimersByTime(60_000);
    move(50);
    expect(glide()).toBe('2200ms');
  });

  it('takes a short step at once, and a shorter one together with the next', () => {
    const { fill, move, glide } = bar();
    move(40);
    move(40.25);
    expect(fill.style.transform).toBe('translateX(-60%)');
    move(40.5);
    expect(fill.style.transform).toBe('translateX(-59.5%)');
    move(40.75, true);
    expect(fill.style.transform).toBe('translateX(-59.25%)');
    expect(glide()).toBeNull();
  });

  it('jumps back when a try starts again', () => {
    const { fill, move, glide } = bar();
    move(10);
    vi.advanceTimersByTime(250);
    move(60);
    expect(glide()).not.toBeNull();
    move(0);
    expect(fill.style.transform).toBe('translateX(-100%)');
    expect(glide()).toBeNull();
  });

  it('begins anew after a value that nobody knew', () => {
    const { fill, move, glide } = bar();
    move(10);
    move(null);
    move(10.1);
    expect(fill.style.transform).toBe('translateX(-89.9%)');
    expect(glide()).toBeNull();
  });
});
