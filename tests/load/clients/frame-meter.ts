import type { Page } from 'playwright-core';
import { quantile, sorted } from './quantile.ts';

export interface Frames {
  perSecond: number;
  /** Milliseconds from one to the next. */
  p95: number;
  max: number;
}

interface FrameWindow extends Window {
  frameTimes?: number[];
  isMeasuringFrames?: boolean;
}

/** Has the page note every frame that it is asked to draw while something goes on. */
export async function measureFrames(page: Page, meanwhile: () => Promise<unknown>): Promise<Frames> {
  await page.evaluate(() => {
    const measured = window as FrameWindow;
    const frames: number[] = [];
    measured.frameTimes = frames;
    measured.isMeasuringFrames = true;
    const frame = (at: number) => {
      frames.push(at);
      if (measured.isMeasuringFrames) requestAnimationFrame(frame);
    };
    requestAnimationFrame(frame);
  });
  await meanwhile();
  const frames = await page.evaluate(() => {
    (window as FrameWindow).isMeasuringFrames = false;
    return (window as FrameWindow).frameTimes ?? [];
  });
  const gaps = sorted(frames.slice(1).map((at, index) => at - (frames[index] ?? at)));
  const took = (frames.at(-1) ?? 0) - (frames[0] ?? 0);
  return { perSecond: (gaps.length * 1000) / took, p95: quantile(gaps, 0.95), max: gaps.at(-1) ?? Number.NaN };
}
