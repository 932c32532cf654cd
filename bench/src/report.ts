import type { ScenarioResult } from './run-scenario.ts';
import type { FigureMeaning, Scenario, Unit } from './scenario.ts';

const digits = { ratio: 2, '/s': 0, ms: 1, µs: 0, B: 0, MiB: 0, commands: 1 } satisfies Record<Unit, number>;
const isMoreBetter = {
  ...{ ratio: true, '/s': true },
  ...{ ms: false, µs: false, B: false, MiB: false, commands: false },
} satisfies Record<Unit, boolean>;

/** A scenario's figures as lines for people: median, range of the rounds, and the target where there is one. */
export function formatReport(name: string, scenario: Scenario, { figures, rounds, events }: ScenarioResult): string {
  const width = Math.max(...Object.keys(figures).map(({ length }) => length));
  const lines = Object.entries(figures).map(([figure, value]) => {
    const meaning = scenario.figures[figure];
    if (meaning === undefined) throw new Error(`${name} does not explain its figure '${figure}'`);
    const values = rounds.map((round) => round[figure] ?? 0);
    const range = `${print(Math.min(...values), meaning.unit)} to ${print(Math.max(...values), meaning.unit)}`;
    const median = `${print(value, meaning.unit)} ${meaning.unit === 'ratio' ? '' : meaning.unit}`;
    return `${figure.padEnd(width)}  ${median.padStart(10)}  ${range.padEnd(18)}  ${compareToTarget(value, meaning)}`.trimEnd();
  });
  return [`${name}: ${scenario.summary}`, `${events} events, medians of ${rounds.length} round(s)`, '', ...lines].join(
    '\n',
  );
}

export function print(value: number, unit: Unit): string {
  // A part of a microsecond counts where something is done a thousand times per event.
  return value.toFixed(unit === 'µs' && Math.abs(value) < 10 ? 2 : digits[unit]);
}

function compareToTarget(value: number, { unit, target }: FigureMeaning): string {
  if (target === undefined) return '';
  const met = isMoreBetter[unit] ? value >= target : value <= target;
  return `${met ? 'meets' : 'MISSES'} ${isMoreBetter[unit] ? 'at least' : 'at most'} ${target}`;
}
