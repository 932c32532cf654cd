/** The latest results of one endpoint, which show whether it is down. */
export interface ResultWindow {
  /** @param isUp whether the endpoint answered as one that works */
  note(isUp: boolean, nowMs: number): void;
  /** Whether the endpoint was down at the last result. */
  isFailing(): boolean;
  clear(): void;
}

const size = 20;
/** Fewer results than this do not show that an endpoint is down … */
const fewest = 10;
/** … and this share of them, or of the last `size`, has to have failed … */
const failingShare = 0.8;
/**
 * … for this long. A burst that fails is no outage yet, and within this time a hook whose retries come quickly has had
 * several of them.
 */
const lastingMs = 4_000;
/** Results before a pause of this length no longer count. */
const staleAfterMs = 300_000;

export function createResultWindow(): ResultWindow {
  let results: boolean[] = [];
  let lastAtMs = 0;
  let failingSinceMs: number | null = null;

  const mostFailed = (): boolean => {
    const failed = results.filter((isUp) => !isUp).length;
    return results.length >= fewest && failed >= failingShare * results.length;
  };
  const clear = (): void => {
    results = [];
    failingSinceMs = null;
  };
  return {
    note(isUp, nowMs) {
      if (nowMs - lastAtMs > staleAfterMs) clear();
      lastAtMs = nowMs;
      results.push(isUp);
      if (results.length > size) results.shift();
      failingSinceMs = mostFailed() ? (failingSinceMs ?? nowMs) : null;
    },
    isFailing: () => failingSinceMs !== null && lastAtMs - failingSinceMs >= lastingMs,
    clear,
  };
}
