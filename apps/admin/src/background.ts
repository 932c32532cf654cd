import { setTimeout as sleep } from 'node:timers/promises';

export interface Background {
  /** Starts work that nobody waits for. Beyond a bound of such works it is left undone, and that is reported. */
  run(work: () => Promise<void>): void;
  /** Lets what runs end, for a short while. */
  close(): Promise<void>;
}

const maxRunning = 200;
const closeDeadlineMs = 2_000;

export function createBackground(onError: (error: Error) => void): Background {
  const running = new Set<Promise<void>>();
  return {
    run(work) {
      if (running.size >= maxRunning) {
        onError(new Error(`more than ${maxRunning} works wait in the background`));
        return;
      }
      const task = work()
        .catch(onError)
        .finally(() => running.delete(task));
      running.add(task);
    },
    async close() {
      const giveUp = new AbortController();
      const deadline = sleep(closeDeadlineMs, undefined, { signal: giveUp.signal }).catch(() => undefined);
      await Promise.race([Promise.all(running), deadline]);
      giveUp.abort();
    },
  };
}
