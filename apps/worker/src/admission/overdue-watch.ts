import type { Clock } from './clock.ts';
import type { Permit } from './grant.ts';

/** How often attempts in flight are looked at: well within the shortest patience of a pool. */
const lookEveryMs = 20;
/** A timer that is this late says nothing about the process. */
const usualLatenessMs = 2;

/**
 * Watches attempts in flight for those that are overdue. One timer serves all: most attempts end before it looks.
 *
 * The timer's lateness tells how long this process was busy, or without a processor. An answer that arrives meanwhile
 * waits to be read, so that time is not the endpoint's.
 */
export interface OverdueWatch {
  begin(permit: Permit): void;
  end(permit: Permit): void;
  /** This process's total lateness while attempts were watched, in ms. */
  stalledMs(): number;
  /** How long the attempt has been running, in ms, without the time that this process was late. */
  elapsedMs(permit: Permit): number;
}

export function createOverdueWatch({ now, timerNow }: Clock): OverdueWatch {
  const watched = new Set<Permit>();
  let stalledBeforeMs = 0;
  /** When the timer should fire; null while none runs. */
  let dueAt: number | null = null;

  const latenessMs = (): number => {
    const lateness = dueAt === null ? 0 : timerNow() - dueAt;
    return lateness > usualLatenessMs ? lateness : 0;
  };
  const stalledMs = (): number => stalledBeforeMs + latenessMs();
  const elapsedMs = (permit: Permit): number =>
    Math.max(0, now() - permit.startedAt - (stalledMs() - permit.stalledBeforeMs));

  const tick = (): void => {
    stalledBeforeMs = stalledMs();
    // Answers that have arrived by then are read first.
    setImmediate(look);
    if (watched.size > 0) startTimer();
    else dueAt = null;
  };
  const startTimer = (): void => {
    dueAt = timerNow() + lookEveryMs;
    // An attempt in flight keeps the process alive by itself.
    setTimeout(tick, lookEveryMs).unref();
  };
  const look = (): void => {
    for (const permit of watched) {
      const { grant, pool, onOverdue } = permit;
      const runMs = elapsedMs(permit);
      // The average may have grown since: many attempts at once take longer, and are not overdue.
      if (runMs < pool.patienceMs()) continue;
      watched.delete(permit);
      pool.noteOverdue(runMs);
      onOverdue(grant.hook.id);
    }
  };
  return {
    begin(permit) {
      watched.add(permit);
      if (dueAt === null) startTimer();
    },
    end(permit) {
      watched.delete(permit);
    },
    stalledMs,
    elapsedMs,
  };
}
