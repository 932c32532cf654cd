/**
 * One hook's share of this worker: how many of its attempts run at once, and how long they took lately. It answers two
 * questions before an attempt: is there a slot, and is it worth waiting for it.
 */
export interface Gate {
  /** Takes a slot, now or within `maxWaitMs`; null when there is none to be had: the delivery is then parked. */
  acquire(maxWaitMs: number): Promise<Slot | null>;
  /** How many more attempts would find a slot within about `withinMs`: those free now, and as many again at most that soon will be. */
  room(withinMs: number): number;
  /** Whether attempts take so long that nobody should wait for their end. */
  isSlow(): boolean;
  inFlight(): number;
  /** For an endpoint that comes back: forgets how slow it was, and starts with few slots, one more for each success. */
  startSlowly(): void;
}

export interface Slot {
  /** Gives the slot back, and tells how long the attempt took and whether the endpoint answered well. */
  release(durationMs: number, isUp: boolean): void;
  /** Gives the slot back unused. */
  giveBack(): void;
  /** Says that the attempt still runs after `elapsedMs`, so that a hanging endpoint counts as slow before it ends. */
  reportRunning(elapsedMs: number): void;
}

/** Above this average an endpoint's attempts run on outside the batch that began them. */
const slowMs = 250;
/** Weight of the newest duration in the average. */
const newestWeight = 0.2;
/** A recovered endpoint's slots at first: they double with each round of successes. */
const firstSlots = 2;

export function createGate(maxInFlight: number): Gate {
  const waiting = new Set<(slot: Slot | null) => void>();
  let inFlight = 0;
  let averageMs = 0;
  let slots = maxInFlight;

  const observe = (durationMs: number): void => {
    averageMs += (durationMs - averageMs) * newestWeight;
  };
  const giveBack = (): void => {
    inFlight -= 1;
    for (const next of waiting) {
      if (inFlight >= slots) break;
      next(takeSlot());
    }
  };
  const takeSlot = (): Slot => {
    inFlight += 1;
    return {
      reportRunning: (elapsedMs) => {
        if (elapsedMs > averageMs) observe(elapsedMs);
      },
      release(durationMs, isUp) {
        observe(durationMs);
        if (isUp && slots < maxInFlight) slots += 1;
        giveBack();
      },
      giveBack,
    };
  };
  return {
    room(withinMs) {
      const freedSoon = slots * Math.min(1, withinMs / Math.max(averageMs, 1));
      return Math.max(0, Math.floor(slots + freedSoon) - inFlight - waiting.size);
    },
    isSlow: () => averageMs > slowMs,
    inFlight: () => inFlight,
    startSlowly() {
      slots = Math.min(maxInFlight, firstSlots);
      averageMs = 0;
    },
    acquire(maxWaitMs) {
      if (inFlight < slots) return Promise.resolve(takeSlot());
      const expectedWaitMs = ((waiting.size + 1) / slots) * averageMs;
      if (expectedWaitMs > maxWaitMs) return Promise.resolve(null);
      return new Promise((resolve) => {
        const settle = (slot: Slot | null): void => {
          clearTimeout(timer);
          waiting.delete(settle);
          resolve(slot);
        };
        const timer = setTimeout(settle, maxWaitMs, null);
        waiting.add(settle);
      });
    },
  };
}
