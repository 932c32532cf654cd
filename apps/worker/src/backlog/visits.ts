/** The hooks whose backlogs this worker delivers now. Two jobs of a worker never deliver the backlog of the same hook. */
export interface Visits {
  /**
   * Begins visits, and extends those under way. A worker takes no job while all its places for jobs are busy, so a visit is
   * extended only while no other job waits.
   *
   * @returns the hooks whose visits were begun: the caller's.
   */
  begin(hookIds: readonly string[]): string[];
  /** Continues the visits of `own` that have more to deliver and time left, and ends the others. */
  continueWith(own: readonly string[], more: readonly string[]): string[];
  end(own: readonly string[]): void;
}

/** The longest visit, so that other hooks get their turn. Deliveries that are still due are enqueued again. */
const visitMs = 1_000;

export function createVisits(): Visits {
  /** When each visit ends, by `performance.now()`. */
  const endsAt = new Map<string, number>();
  const end = (own: readonly string[]): void => {
    for (const hookId of own) endsAt.delete(hookId);
  };
  return {
    begin(hookIds) {
      const own = hookIds.filter((hookId) => !endsAt.has(hookId));
      for (const hookId of hookIds) endsAt.set(hookId, performance.now() + visitMs);
      return own;
    },
    continueWith(own, more) {
      const now = performance.now();
      const left = new Set(more.filter((hookId) => (endsAt.get(hookId) ?? 0) > now));
      end(own.filter((hookId) => !left.has(hookId)));
      return [...left];
    },
    end,
  };
}
