import { useEffect, useEffectEvent, useState } from 'react';

const SECONDS = 60;
const WIDTH = 120;
const HEIGHT = 24;

/** Under a shorter line it is no area, only a block. */
const FEWEST_FOR_AREA = 12;

/** The total speed over the last minute, one sample a second. Decoration beside the number that says it. */
export function SpeedTrace({ speed }: { speed: number }) {
  const [samples, setSamples] = useState<readonly number[]>([]);
  const sample = useEffectEvent(() => setSamples((before) => [...before, speed].slice(-SECONDS)));
  useEffect(() => {
    const timer = setInterval(sample, 1000);
    return () => clearInterval(timer);
  }, []);

  // Room above the highest, or an even speed would lie on the edge.
  const top = Math.max(...samples, 1) * 1.25;
  // The newest sits at the right edge, and the line grows to the left.
  const points = samples.map((value, index) => {
    const x = WIDTH - ((samples.length - 1 - index) * WIDTH) / (SECONDS - 1);
    const y = HEIGHT - 1 - (value / top) * (HEIGHT - 2);
    return `${x.toFixed(1)},${y.toFixed(1)}`;
  });
  if (points.length < 2 || samples.every((value) => value === 0)) return null;
  const left = points[0]?.split(',')[0];
  return (
    <svg className="speed-trace" viewBox={`0 0 ${WIDTH} ${HEIGHT}`} width={WIDTH} height={HEIGHT} aria-hidden="true">
      <line x1={0} y1={HEIGHT - 0.5} x2={WIDTH} y2={HEIGHT - 0.5} />
      {points.length >= FEWEST_FOR_AREA && (
        <polygon points={`${left},${HEIGHT} ${points.join(' ')} ${WIDTH},${HEIGHT}`} />
      )}
      <polyline points={points.join(' ')} />
    </svg>
  );
}
