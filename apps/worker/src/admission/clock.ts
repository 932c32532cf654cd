/** The clocks of admission, in ms from any start. */
export interface Clock {
  now(): number;
  /** That of timers, by which they are late or not. Tests that set `now` by hand let it stand still. */
  timerNow(): number;
}

export const processClock: Clock = { now: () => performance.now(), timerNow: () => performance.now() };
