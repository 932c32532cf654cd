import type { ScenarioResult } from './run-scenario.ts';
import type { Scenario } from './scenario.ts';

/** Ratios by scenario and figure, as committed. */
export type Baseline = Record<string, Record<string, number>>;

/** The share of the baseline that a ratio may lose. */
const tolerated = 0.15;

/** The ratios of a result. */
export function ratiosOf(scenario: Scenario, { figures }: ScenarioResult): Record<string, number> {
  return Object.fromEntries(
    Object.entries(figures)
      .filter(([figure]) => scenario.figures[figure]?.unit === 'ratio')
      .map(([figure, ratio]) => [figure, Number(ratio.toFixed(3))]),
  );
}

/** The losses since the baseline, one line each. Figures that are not in the baseline are not checked. */
export function findLosses(name: string, ratios: Record<string, number>, baseline: Baseline): string[] {
  return Object.entries(baseline[name] ?? {}).flatMap(([figure, before]) => {
    const now = ratios[figure];
    if (now === undefined) return [`${name}: '${figure}' is in the baseline and was not measured`];
    if (now >= before * (1 - tolerated)) return [];
    const lost = Math.round((1 - now / before) * 100);
    return [`${name}: '${figure}' is ${now.toFixed(2)}, ${lost} % less than the baseline's ${before.toFixed(2)}`];
  });
}
