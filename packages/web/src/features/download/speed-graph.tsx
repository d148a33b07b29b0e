import type { Download } from '@hermes/contracts';
import { useEffect, useEffectEvent, useState } from 'react';
import { formatSpeed } from '../../format.ts';
import { addSample, roundTop, type SpeedSample, toPoints } from './speed-samples.ts';

const WIDTH = 600;
const HEIGHT = 96;
const SAMPLE_MS = 1000;

/** The speed of the last two minutes, since the page was opened. The numbers beside it say the same in words. */
export function SpeedGraph({ download }: { download: Download }) {
  const [samples, setSamples] = useState<readonly SpeedSample[]>([]);
  const [now, setNow] = useState(Date.now);
  const sample = useEffectEvent(() => {
    const at = Date.now();
    setNow(at);
    if (download.status === 'downloading' && download.download_speed !== null) {
      const speed = download.download_speed;
      setSamples((before) => addSample(before, { at, speed }));
    }
  });
  useEffect(() => {
    sample();
    const timer = setInterval(sample, SAMPLE_MS);
    return () => clearInterval(timer);
  }, []);

  const top = roundTop(samples);
  const points = toPoints(samples, now, { width: WIDTH, height: HEIGHT, top });
  const line = points.map(({ x, y }) => `${x.toFixed(1)},${y.toFixed(1)}`).join(' ');
  const first = points[0];
  const last = points.at(-1);
  return (
    <figure className="speed-graph">
      <figcaption>Speed</figcaption>
      <div className="speed-graph-plot">
        <span className="speed-graph-top" aria-hidden="true">
          {samples.length === 0 ? '' : formatSpeed(top)}
        </span>
        <svg viewBox={`0 0 ${WIDTH} ${HEIGHT}`} preserveAspectRatio="none" aria-hidden="true">
          {[0, 0.5, 1].map((part) => (
            <line key={part} x1={0} x2={WIDTH} y1={HEIGHT * part} y2={HEIGHT * part} />
          ))}
          {first && last && samples.length > 1 && (
            <>
              <polygon points={`${first.x.toFixed(1)},${HEIGHT} ${line} ${last.x.toFixed(1)},${HEIGHT}`} />
              <polyline points={line} />
            </>
          )}
        </svg>
      </div>
      <p className="speed-graph-times" aria-hidden="true">
        <span>2 minutes ago</span>
        <span>now</span>
      </p>
      {samples.length < 2 && <p className="speed-graph-nothing">It is drawn while the download runs.</p>}
    </figure>
  );
}
