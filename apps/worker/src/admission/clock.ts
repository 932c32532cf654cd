/** The clocks of admission, in ms from any start. */
export interface Clock {
  now(): number;
  /** The clock by which timers count as late. Tests that set `now` let it stand still. */
  timerNow(): number;
}

export const processClock: Clock = { now: () => performance.now(), timerNow: () => performance.now() };
