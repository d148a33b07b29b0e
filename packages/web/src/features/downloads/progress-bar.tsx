import { useLayoutEffect, useRef } from 'react';
import './progress-bar.css';

interface ProgressBarProps {
  /** What is in progress, for a screen reader. */
  label: string;
  /** 0–100; null: unknown, and the bar only says that something happens. */
  progress: number | null;
  /** The numbers that stand beside the bar, for a screen reader. */
  valueText: string;
  /** Nothing moves for now: it waits, or the page is not live. */
  idle: boolean;
}

/** An update that comes later than this is a jump, not a movement. */
const LONGEST_GLIDE_MS = 2200;

/** A shorter step, in percent, is a pixel or two: nobody sees it glide, and each glide costs the page two frames more. */
const SHORTEST_GLIDE = 1;

/**
 * Glides to each new value over the time that the last one took to come, so that the bar moves evenly whether events come
 * four times a second or a poll every two; a step too short to be seen gliding is taken at once. It trails by one update and
 * so never shows what has not happened.
 */
export function ProgressBar({ label, progress, valueText, idle }: ProgressBarProps) {
  const fill = useRef<HTMLDivElement>(null);
  const last = useRef<{ progress: number; at: number } | null>(null);

  useLayoutEffect(() => {
    const now = performance.now();
    const before = last.current;
    last.current = progress === null ? null : { progress, at: now };
    if (fill.current === null || progress === null) return;
    // A first value is where it begins, and a try that starts again is no movement either.
    const glides = before !== null && progress - before.progress >= SHORTEST_GLIDE;
    const duration = glides ? Math.min(now - before.at, LONGEST_GLIDE_MS) : 0;
    fill.current.style.setProperty('--glide', `${Math.round(duration)}ms`);
    fill.current.style.transform = `translateX(${progress - 100}%)`;
  }, [progress]);

  return (
    <div
      className="progress-bar"
      role="progressbar"
      aria-label={label}
      aria-valuemin={0}
      aria-valuemax={100}
      aria-valuenow={progress === null ? undefined : Math.floor(progress)}
      aria-valuetext={valueText}
      data-testid="download-progress"
      data-indeterminate={progress === null || undefined}
      data-idle={idle || undefined}
    >
      <div ref={fill} className="progress-bar-fill" />
    </div>
  );
}
