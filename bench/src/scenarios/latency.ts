import { createMainHook, deliver } from '../deliver.ts';
import { measureSteadily } from '../limits.ts';
import { mainGroup } from '../receivers/receiver.ts';
import type { Bench, FigureMeaning, Figures, Scenario } from '../scenario.ts';

interface Rate {
  perSecond: number;
  seconds: number;
  /** Latencies aimed at, in ms. */
  p50?: number;
  p99?: number;
}

const rates: readonly Rate[] = [
  { perSecond: 2, seconds: 20, p50: 4 },
  { perSecond: 50, seconds: 10, p50: 3 },
  { perSecond: 200, seconds: 10, p50: 2, p99: 8 },
  { perSecond: 500, seconds: 10, p50: 3 },
  { perSecond: 1_000, seconds: 10 },
];
/** The rate at which the receiver alone is measured, and for how long. */
const own: Rate = { perSecond: 200, seconds: 10 };

export const latency: Scenario = {
  summary: 'single-event requests at steady rates: from publishing to the receiver',
  stack: { mode: 'redis', workers: 1 },
  events: 10_000,
  rounds: 3,
  figures: {
    ...Object.fromEntries(rates.flatMap(describeFigures)),
    'p50, straight to the receiver': { unit: 'ms' },
    'p99, straight to the receiver': { unit: 'ms' },
  },
  async prepare(bench) {
    await createMainHook(bench);
    await deliver(bench, { events: 10_000 });
  },
  async round(bench) {
    const straight = await measureSteadily(bench.receiver, countAt(own, bench), own.perSecond, bench.signal);
    const figures: Figures = {
      'p50, straight to the receiver': straight.p50,
      'p99, straight to the receiver': straight.p99,
    };
    for (const rate of rates) {
      const { p50, p99 } = await measureRate(bench, rate);
      figures[`p50 at ${rate.perSecond}/s`] = p50;
      figures[`p99 at ${rate.perSecond}/s`] = p99;
    }
    return figures;
  },
};

function describeFigures({ perSecond, p50, p99 }: Rate): [string, FigureMeaning][] {
  return [
    [`p50 at ${perSecond}/s`, { unit: 'ms', ...(p50 !== undefined && { target: p50 }) }],
    [`p99 at ${perSecond}/s`, { unit: 'ms', ...(p99 !== undefined && { target: p99 }) }],
  ];
}

function countAt({ perSecond, seconds }: Rate, { events }: Bench): number {
  return Math.min(events, seconds * perSecond);
}

async function measureRate(bench: Bench, rate: Rate): Promise<{ p50: number; p99: number }> {
  const events = countAt(rate, bench);
  await bench.receiver.expect({ [mainGroup]: { events } });
  await bench.publisher.publishSteadily(events, rate.perSecond);
  const { latencyMs } = await bench.receiver.waitFor(mainGroup);
  return latencyMs;
}
