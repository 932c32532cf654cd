import pTimeout from 'p-timeout';

export interface Background {
  /** Starts work that no request waits for. When too much already runs, the work is dropped and that is reported. */
  run(work: () => Promise<void>): void;
  /** Waits a short while for running work to end. */
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
      await pTimeout(Promise.all(running), { milliseconds: closeDeadlineMs, message: false });
    },
  };
}
