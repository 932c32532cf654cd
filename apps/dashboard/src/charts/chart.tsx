import { lazy, Suspense } from 'react';
import type { SeriesChartProps } from './series-chart.tsx';

const SeriesChart = lazy(() => import('./series-chart.tsx'));

/** Series over time with their legend. The drawing code loads later: the numbers can be read without it. */
export function Chart({ title, ...props }: SeriesChartProps & { title: string }) {
  return (
    <section className="card chart-card">
      <div className="chart-head">
        <h2>{title}</h2>
        <ul className="legend">
          {props.series.map(({ label, colour }) => (
            <li key={label}>
              <span className={`legend-dot legend${colour}`} aria-hidden="true" />
              {label}
            </li>
          ))}
        </ul>
      </div>
      <Suspense fallback={<div className="chart" />}>
        <SeriesChart {...props} />
      </Suspense>
    </section>
  );
}
