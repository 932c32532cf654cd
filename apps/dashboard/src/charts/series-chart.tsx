import { useEffect, useRef } from 'react';
import uPlot from 'uplot';
import 'uplot/dist/uPlot.min.css';

export interface Series {
  label: string;
  /** A custom property of the style sheet: `--ok`. */
  colour: string;
  values: readonly (number | null)[];
}

export interface SeriesChartProps {
  /** The chart in words, for people who cannot see it. */
  description: string;
  /** Epoch seconds of each point. */
  times: readonly number[];
  series: readonly Series[];
  /** Bars are stacked; lines may cross. */
  shape: 'bars' | 'lines';
  format: (value: number) => string;
}

const heightPx = 190;

/** 1, 2 and 5 times each power of ten. */
const wholeSteps = Array.from({ length: 10 }, (_, power) => [1, 2, 5].map((step) => step * 10 ** power)).flat();

/** Series over time, drawn by uPlot; drawn anew when the colours change. */
export default function SeriesChart({ description, times, series, shape, format }: SeriesChartProps) {
  const frame = useRef<HTMLDivElement>(null);
  useEffect(() => {
    const element = frame.current;
    if (element === null) return;
    let chart: uPlot | undefined;
    const draw = (): void => {
      chart?.destroy();
      chart = new uPlot(optionsOf(element, { series, shape, format }), dataOf(times, series, shape), element);
    };
    draw();
    const resizing = new ResizeObserver(() => chart?.setSize({ width: element.clientWidth, height: heightPx }));
    resizing.observe(element);
    const recolouring = new MutationObserver(draw);
    recolouring.observe(document.documentElement, { attributeFilter: ['data-theme'] });
    const scheme = matchMedia('(prefers-color-scheme: dark)');
    scheme.addEventListener('change', draw);
    return () => {
      resizing.disconnect();
      recolouring.disconnect();
      scheme.removeEventListener('change', draw);
      chart?.destroy();
    };
  }, [times, series, shape, format]);
  return <div ref={frame} className="chart" role="img" aria-label={description} />;
}

/** Stacks each series on those before it. The last is drawn first, and the others over it. */
function dataOf(
  times: readonly number[],
  series: readonly Series[],
  shape: SeriesChartProps['shape'],
): uPlot.AlignedData {
  if (shape === 'lines') return [[...times], ...series.map(({ values }) => [...values])];
  const heights = times.map(() => 0);
  const stacked = series.map(({ values }) => {
    for (const [index, value] of values.entries()) heights[index] = (heights[index] ?? 0) + (value ?? 0);
    return [...heights];
  });
  return [[...times], ...stacked.reverse()];
}

function optionsOf(
  element: HTMLElement,
  { series, shape, format }: Pick<SeriesChartProps, 'series' | 'shape' | 'format'>,
): uPlot.Options {
  const colourOf = (name: string): string => resolveColour(element, name);
  const axis = {
    stroke: colourOf('--muted'),
    grid: { stroke: colourOf('--line'), width: 1 },
    ticks: { show: false },
    font: '11px system-ui',
  };
  const shown = shape === 'bars' ? [...series].reverse() : series;
  return {
    width: Math.max(200, element.clientWidth),
    height: heightPx,
    padding: [8, 20, 0, 0],
    legend: { show: false },
    cursor: { y: false, points: { show: shape === 'lines' } },
    scales: { y: { range: (_chart, _min, max) => [0, Math.max(max * 1.08, 1)] } },
    axes: [
      { ...axis, size: 30, space: 64, grid: { show: false }, values: (_chart, ticks) => ticks.map(printTick) },
      {
        ...axis,
        size: 54,
        values: (_chart, ticks) => ticks.map(format),
        // Bars count: a tick between two whole numbers would mean nothing.
        ...(shape === 'bars' && { incrs: wholeSteps }),
      },
    ],
    series: [
      {},
      ...shown.map(({ label, colour }) => ({
        label,
        stroke: colourOf(colour),
        ...(shape === 'bars'
          ? {
              fill: colourOf(colour),
              width: 0,
              points: { show: false },
              paths: uPlot.paths.bars?.({ size: [0.8, 40] }),
            }
          : { width: 1.75, points: { show: false }, spanGaps: false }),
      })),
    ],
    plugins: [tooltip(series, shape, format)],
  };
}

const hour = new Intl.DateTimeFormat(undefined, { hour: '2-digit', minute: '2-digit', hourCycle: 'h23' });
const day = new Intl.DateTimeFormat(undefined, { day: 'numeric', month: 'short' });

/** The hour; at midnight, the day that begins. */
function printTick(seconds: number): string {
  const time = new Date(seconds * 1_000);
  return time.getHours() === 0 && time.getMinutes() === 0 ? day.format(time) : hour.format(time);
}

/** A canvas understands neither custom properties nor light-dark(), so the browser computes the colour. */
function resolveColour(element: HTMLElement, name: string): string {
  const sample = document.createElement('span');
  sample.style.color = `var(${name})`;
  element.append(sample);
  const { color } = getComputedStyle(sample);
  sample.remove();
  return color;
}

function tooltip(
  series: readonly Series[],
  shape: SeriesChartProps['shape'],
  format: SeriesChartProps['format'],
): uPlot.Plugin {
  const box = document.createElement('div');
  box.className = 'chart-tooltip';
  const time = new Intl.DateTimeFormat(undefined, { dateStyle: 'short', timeStyle: 'short' });
  return {
    hooks: {
      init: (chart) => chart.over.append(box),
      setCursor: ({ cursor, data, over }) => {
        const { idx, left = -1 } = cursor;
        box.hidden = idx === null || idx === undefined || left < 0;
        if (idx === null || idx === undefined) return;
        const rows = series.map(({ label, values }) => `${label}: ${printValue(values[idx], format)}`);
        box.textContent = [
          time.format(new Date((data[0][idx] ?? 0) * 1_000)),
          ...(shape === 'bars' ? rows.reverse() : rows),
        ].join('\n');
        box.style.translate = `${Math.min(left + 12, over.clientWidth - box.offsetWidth)}px 4px`;
      },
    },
  };
}

function printValue(value: number | null | undefined, format: SeriesChartProps['format']): string {
  return value === null || value === undefined ? '–' : format(value);
}
