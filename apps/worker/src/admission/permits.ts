/**
 * The permits of one hook in this worker, and how long its attempts took lately. A permit is the right to have one
 * attempt in flight.
 */
export interface PermitPool {
  /**
   * Takes a permit, now or within `maxWaitMs`, which is the same for all that wait at once. False when none comes in
   * that time, or none is expected to.
   */
  take(maxWaitMs: number): boolean | Promise<boolean>;
  /** Frees a permit that was taken. */
  free(): void;
  /**
   * How many more attempts would find a permit within about `withinMs`: the free ones count, and so do those that will
   * be free by then, each once.
   */
  room(withinMs: number): number;
  inFlight(): number;
  /** Whether attempts take so long that no batch should wait for their end. */
  isSlow(): boolean;
  /** How long an attempt may run before it is overdue: well above the others of late. */
  patienceMs(): number;
  /**
   * Notes the end of an attempt. A recovered endpoint gets one more permit for each answer that shows that it is up.
   */
  noteEnd(durationMs: number, isUp: boolean): void;
  /**
   * Notes an attempt that is overdue and still runs. The endpoint counts as slow until several attempts ended in time.
   */
  noteOverdue(elapsedMs: number): void;
  /** Begins a recovered endpoint with few permits, and forgets how slow it was. */
  startSlowly(): void;
}

interface Waiting {
  resolve: (isTaken: boolean) => void;
  endsAt: number;
}

/** Attempts of an endpoint above this average run on outside the batch that began them. */
const slowMs = 250;
/** The weight of the newest duration in the average. */
const newestWeight = 0.2;
/** An attempt that runs for this many times the average is overdue … */
const overdueFactor = 4;
/** … within these limits. The lower one is above what a healthy worker's own pauses take. */
const shortestPatienceMs = 50;
const longestPatienceMs = 4 * slowMs;
/** After an overdue attempt, batches wait for no attempt of its endpoint until this many have ended in time. */
const distrustAfterOverdue = 4;
/** The permits of a recovered endpoint at first. They double while all attempts succeed. */
const firstPermits = 2;

export function createPermitPool(maxInFlight: number): PermitPool {
  /** The order of their deadlines, too, as all callers wait equally long. */
  const waiting: Waiting[] = [];
  let isTimerSet = false;
  let inFlight = 0;
  let averageMs = 0;
  /** Attempts that have to end in time before batches wait for this endpoint again. */
  let distrust = 0;
  let permits = maxInFlight;

  const refuseOverdue = (): void => {
    const now = performance.now();
    while (waiting[0] && waiting[0].endsAt <= now) waiting.shift()?.resolve(false);
    setTimer();
  };
  /** One timer serves all that wait. Answers that have arrived when it fires free their permits first. */
  const setTimer = (): void => {
    const [first] = waiting;
    isTimerSet = first !== undefined;
    if (first) setTimeout(setImmediate, Math.max(1, first.endsAt - performance.now()), refuseOverdue).unref();
  };
  const observe = (durationMs: number): void => {
    averageMs += (durationMs - averageMs) * newestWeight;
  };
  const patienceMs = (): number => Math.min(longestPatienceMs, Math.max(shortestPatienceMs, overdueFactor * averageMs));

  return {
    take(maxWaitMs) {
      if (inFlight < permits) {
        inFlight += 1;
        return true;
      }
      const expectedWaitMs = ((waiting.length + 1) / permits) * averageMs;
      if (expectedWaitMs > maxWaitMs) return false;
      return new Promise((resolve) => {
        waiting.push({ resolve, endsAt: performance.now() + maxWaitMs });
        if (!isTimerSet) setTimer();
      });
    },
    free() {
      inFlight -= 1;
      while (inFlight < permits) {
        const next = waiting.shift();
        if (!next) break;
        inFlight += 1;
        next.resolve(true);
      }
    },
    room(withinMs) {
      const freedSoon = permits * Math.min(1, withinMs / Math.max(averageMs, 1));
      return Math.max(0, Math.floor(permits + freedSoon) - inFlight - waiting.length);
    },
    inFlight: () => inFlight,
    isSlow: () => distrust > 0 || averageMs > slowMs,
    patienceMs,
    noteEnd(durationMs, isUp) {
      if (distrust > 0 && durationMs < patienceMs()) distrust -= 1;
      observe(durationMs);
      if (isUp && permits < maxInFlight) permits += 1;
    },
    noteOverdue(elapsedMs) {
      observe(elapsedMs);
      distrust = distrustAfterOverdue;
    },
    startSlowly() {
      permits = Math.min(maxInFlight, firstPermits);
      averageMs = 0;
      distrust = 0;
    },
  };
}
