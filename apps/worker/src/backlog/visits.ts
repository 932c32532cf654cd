/** The hooks whose backlogs this worker delivers now. Two jobs of one worker never deliver the same hook's. */
export interface Visits {
  /**
   * Begins visits, and lengthens those that are under way. A worker whose jobs are all busy takes none, so a visit gets
   * longer only while no job waits.
   *
   * @returns the hooks whose visits were begun: the caller's.
   */
  begin(hookIds: readonly string[]): string[];
  /** Goes on with those of `own` that have more to deliver and whose time is not over, and ends the other visits. */
  continueWith(own: readonly string[], more: readonly string[]): string[];
  end(own: readonly string[]): void;
}

/** How long a worker stays with a hook, so that others are delivered, too. What is still due is enqueued again. */
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
