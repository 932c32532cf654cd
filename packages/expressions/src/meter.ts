import { maxSteps } from './limits.ts';

/** Counts the steps of one evaluation. Evaluations do not overlap, so one meter serves all expressions of a language. */
export interface Meter {
  begin(): void;
  /** @returns false once more was spent than an evaluation may. */
  spend(steps: number): boolean;
  /** The steps that are left, below 0 when an evaluation went beyond its bound. */
  left(): number;
}

export function createMeter(): Meter {
  let left = maxSteps;
  return {
    begin() {
      left = maxSteps;
    },
    spend(steps) {
      left -= steps;
      return left >= 0;
    },
    left: () => left,
  };
}
