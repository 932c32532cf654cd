/** The latest results of one endpoint: whether it is down. */
export interface ResultWindow {
  /** @param isUp whether the endpoint answered as one that works */
  note(isUp: boolean, nowMs?: number): void;
  isFailing(): boolean;
  clear(): void;
}

const size = 20;
/** No fewer say that an endpoint is down … */
const fewest = 5;
/** … and of them, or of the last `size`, this share has failed. */
const failingShare = 0.8;
/** After such a pause the results before it say nothing any more. */
const staleAfterMs = 300_000;

export function createResultWindow(): ResultWindow {
  let results: boolean[] = [];
  let lastAtMs = 0;
  return {
    note(isUp, nowMs = Date.now()) {
      if (nowMs - lastAtMs > staleAfterMs) results = [];
      lastAtMs = nowMs;
      results.push(isUp);
      if (results.length > size) results.shift();
    },
    isFailing() {
      const failed = results.filter((isUp) => !isUp).length;
      return results.length >= fewest && failed >= failingShare * results.length;
    },
    clear() {
      results = [];
    },
  };
}
