/**
 * One hook's share of this worker: how many of its attempts run at once, and how long they took lately. It answers two
 * questions before an attempt: is there a slot, and is it worth waiting for it.
 */
export interface Gate {
  /** Takes a slot, now or within `maxWaitMs`; null when there is none to be had: the delivery is then parked. */
  acquire(maxWaitMs: number): Promise<Slot | null>;
  /** Whether attempts take so long that nobody should wait for their end. */
  isSlow(): boolean;
  inFlight(): number;
}

export interface Slot {
  /** Gives the slot back, and tells how long the attempt took. */
  release(durationMs: number): void;
  /** Says that the attempt still runs after `elapsedMs`, so that a hanging endpoint counts as slow before it ends. */
  reportRunning(elapsedMs: number): void;
}

/** Above this average an endpoint's attempts run on outside the batch that began them. */
const slowMs = 250;
/** Weight of the newest duration in the average. */
const newestWeight = 0.2;

export function createGate(maxInFlight: number): Gate {
  const waiting = new Set<(slot: Slot | null) => void>();
  let inFlight = 0;
  let averageMs = 0;

  const observe = (durationMs: number): void => {
    averageMs += (durationMs - averageMs) * newestWeight;
  };
  const takeSlot = (): Slot => {
    inFlight += 1;
    return {
      reportRunning: (elapsedMs) => {
        if (elapsedMs > averageMs) observe(elapsedMs);
      },
      release(durationMs) {
        inFlight -= 1;
        observe(durationMs);
        const [next] = waiting;
        if (next) next(takeSlot());
      },
    };
  };
  return {
    isSlow: () => averageMs > slowMs,
    inFlight: () => inFlight,
    acquire(maxWaitMs) {
      if (inFlight < maxInFlight) return Promise.resolve(takeSlot());
      const expectedWaitMs = ((waiting.size + 1) / maxInFlight) * averageMs;
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
