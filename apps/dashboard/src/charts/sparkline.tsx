const width = 96;
const height = 24;

/** Successes and failures over time, small enough for a table row. */
export function Sparkline({ series }: { series: readonly { succeeded: number; failed: number }[] }) {
  const highest = Math.max(1, ...series.map(({ succeeded, failed }) => succeeded + failed));
  const step = width / Math.max(1, series.length);
  const scale = (count: number): number => (count === 0 ? 0 : Math.max(1.5, (count / highest) * (height - 1)));
  const total = series.reduce(
    (sum, { succeeded, failed }) => ({ succeeded: sum.succeeded + succeeded, failed: sum.failed + failed }),
    {
      succeeded: 0,
      failed: 0,
    },
  );
  return (
    <svg
      className="sparkline"
      width={width}
      height={height}
      viewBox={`0 0 ${width} ${height}`}
      role="img"
      aria-label={`${total.succeeded} attempts succeeded, ${total.failed} failed`}
    >
      <line x1="0" x2={width} y1={height - 0.5} y2={height - 0.5} className="sparkline-base" />
      {series.map(({ succeeded, failed }, index) => {
        const bad = scale(failed);
        const good = scale(succeeded);
        const x = index * step;
        return (
          // biome-ignore lint/suspicious/noArrayIndexKey: a place in time
          <g key={index}>
            {succeeded > 0 && (
              <rect x={x} y={height - good - bad} width={step * 0.75} height={good} className="sparkline-ok" />
            )}
            {failed > 0 && <rect x={x} y={height - bad} width={step * 0.75} height={bad} className="sparkline-bad" />}
          </g>
        );
      })}
    </svg>
  );
}
