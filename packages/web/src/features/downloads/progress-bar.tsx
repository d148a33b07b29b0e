import { type Ref, useLayoutEffect, useRef, useState } from 'react';
import { BarMotion } from './bar-motion.ts';
import './progress-bar.css';

interface BarFrameProps {
  ref: Ref<HTMLDivElement>;
  /** What is in progress, for a screen reader. */
  label: string;
  /** Nothing moves for now: it waits, or the page is not live. */
  idle: boolean;
}

/** A bar without a value: `BarValue` writes it, and React leaves it alone. */
export function BarFrame({ ref, label, idle }: BarFrameProps) {
  return (
    <div
      ref={ref}
      className="progress-bar"
      role="progressbar"
      aria-label={label}
      aria-valuemin={0}
      aria-valuemax={100}
      data-testid="download-progress"
      data-idle={idle || undefined}
    >
      <div className="progress-bar-fill" />
    </div>
  );
}

/** Writes the value of one bar, what is seen of it and what is said. */
export class BarValue {
  readonly #motion = new BarMotion();

  /**
   * @param progress 0–100; null: unknown, and the bar only says that something happens
   * @param isTurn however short the step is
   */
  move(bar: HTMLElement, progress: number | null, isTurn: boolean): void {
    const isUnknown = progress === null;
    if (isUnknown !== 'indeterminate' in bar.dataset) bar.toggleAttribute('data-indeterminate', isUnknown);
    if (bar.firstElementChild instanceof HTMLElement) this.#motion.move(bar.firstElementChild, progress, isTurn);
  }

  /** @param text the numbers that stand beside the bar, for a screen reader. */
  say(bar: HTMLElement, progress: number | null, text: string): void {
    setAttribute(bar, 'aria-valuenow', progress === null ? null : String(Math.floor(progress)));
    setAttribute(bar, 'aria-valuetext', text);
  }
}

function setAttribute(element: HTMLElement, name: string, value: string | null): void {
  if (element.getAttribute(name) === value) return;
  if (value === null) element.removeAttribute(name);
  else element.setAttribute(name, value);
}

interface ProgressBarProps extends Omit<BarFrameProps, 'ref'> {
  /** 0–100; null: unknown, and the bar only says that something happens. */
  progress: number | null;
  /** The numbers that stand beside the bar, for a screen reader. */
  valueText: string;
}

/** A bar whose value comes with what is drawn around it. */
export function ProgressBar({ progress, valueText, ...frame }: ProgressBarProps) {
  const bar = useRef<HTMLDivElement>(null);
  const [value] = useState(() => new BarValue());

  useLayoutEffect(() => {
    if (bar.current === null) return;
    value.move(bar.current, progress, true);
    value.say(bar.current, progress, valueText);
  }, [value, progress, valueText]);

  return <BarFrame ref={bar} {...frame} />;
}
