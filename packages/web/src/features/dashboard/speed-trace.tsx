import { useEffect, useState } from 'react';

const SECONDS = 60;
const WIDTH = 120;
const HEIGHT = 24;

/** Under a shorter line it is no area, only a block. */
const FEWEST_FOR_AREA = 12;

/** A speed that stays as it is goes into the trace so often; longer than one that changes takes to change again. */
const SAME_MS = 1400;

/**
 * The total speed over the last minute. Decoration beside the number that says it, and drawn with it: a clock of its own
 * would cost the page a frame each second.
 *
 * @param speed one that changes about once a second
 */
export function SpeedTrace({ speed }: { speed: number }) {
  const [trace, setTrace] = useState<{ speed: number; samples: readonly number[] }>({ speed, samples: [] });
  const { samples } = trace;
  if (trace.speed !== speed) setTrace({ speed, samples: extended(samples, speed) });
  const isStill = speed === 0 && samples.every((value) => value === 0);
  useEffect(() => {
    if (isStill) return;
    const timer = setTimeout(() => setTrace({ speed, samples: extended(samples, speed) }), SAME_MS);
    return () => clearTimeout(timer);
  }, [isStill, speed, samples]);

  // Room above the highest, or an even speed would lie on the edge.
  const top = Math.max(...samples, 1) * 1.25;
  // The newest sits at the right edge, and the line grows to the left.
  const points = samples.map((value, index) => {
    const x = WIDTH - ((samples.length - 1 - index) * WIDTH) / (SECONDS - 1);
    const y = HEIGHT - 1 - (value / top) * (HEIGHT - 2);
    return `${x.toFixed(1)},${y.toFixed(1)}`;
  });
  if (points.length < 2 || isStill) return null;
  const left = points[0]?.split(',')[0];
  return (
    <div className="speed-trace">
      <svg viewBox={`0 0 ${WIDTH} ${HEIGHT}`} width={WIDTH} height={HEIGHT} aria-hidden="true">
        <line x1={0} y1={HEIGHT - 0.5} x2={WIDTH} y2={HEIGHT - 0.5} />
        {points.length >= FEWEST_FOR_AREA && (
          <polygon points={`${left},${HEIGHT} ${points.join(' ')} ${WIDTH},${HEIGHT}`} />
        )}
        <polyline points={points.join(' ')} />
      </svg>
    </div>
  );
}

function extended(samples: readonly number[], speed: number): readonly number[] {
  return [...samples, speed].slice(-SECONDS);
}
