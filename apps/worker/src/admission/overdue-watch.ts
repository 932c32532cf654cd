import type { Permit } from './grant.ts';

/** How often attempts in flight are looked at: well within the shortest patience of a pool. */
const lookEveryMs = 20;

/** Watches attempts in flight for those that are overdue. One timer serves all: most attempts end before it looks. */
export interface OverdueWatch {
  begin(permit: Permit): void;
  end(permit: Permit): void;
}

/** @param now in ms, from any start */
export function createOverdueWatch(now: () => number): OverdueWatch {
  const watched = new Set<Permit>();
  let isLooking = false;

  const lookLater = (): void => {
    isLooking = watched.size > 0;
    // Answers that have arrived by then are read first: a pause of this process must not make an endpoint look slow.
    if (isLooking) setTimeout(setImmediate, lookEveryMs, look);
  };
  const look = (): void => {
    for (const permit of watched) {
      const { grant, pool, onOverdue } = permit;
      const elapsedMs = now() - permit.startedAt;
      // The average may have grown since: many attempts at once take longer, and are not overdue.
      if (elapsedMs < pool.patienceMs()) continue;
      watched.delete(permit);
      pool.noteOverdue(elapsedMs);
      onOverdue(grant.hook.id);
    }
    lookLater();
  };
  return {
    begin(permit) {
      watched.add(permit);
      if (!isLooking) lookLater();
    },
    end(permit) {
      watched.delete(permit);
    },
  };
}
