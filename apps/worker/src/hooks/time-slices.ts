import { setImmediate as waitForTurn } from 'node:timers/promises';

/** A slice of time for work that would otherwise hold up everything else of this process. */
export interface TimeSlices {
  isOver(): boolean;
  /** Lets other work of the process go on, and begins the next slice. */
  letOthersGo(): Promise<void>;
}

const sliceMs = 10;

export function startTimeSlices(): TimeSlices {
  let endsAt = performance.now() + sliceMs;
  return {
    isOver: () => performance.now() >= endsAt,
    async letOthersGo() {
      await waitForTurn();
      endsAt = performance.now() + sliceMs;
    },
  };
}
