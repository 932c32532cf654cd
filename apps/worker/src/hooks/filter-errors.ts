import { type Database, noteFilterError, type StoredHook } from '@eventhooks/database';

/** Keeps the latest error of each hook's filter, for its status. */
export interface FilterErrors {
  note(hook: StoredHook, eventId: string, message: string): void;
  /** Writes what is left. */
  close(): Promise<void>;
}

/** A filter may fail with every event. Its latest error is written this often. */
const writeEveryMs = 1_000;
/** Hooks whose errors wait to be written. Beyond it, while PostgreSQL is away, further ones are only counted. */
const mostHooks = 10_000;

export function createFilterErrors({ pool }: Database, onError: (error: Error) => void): FilterErrors {
  const latest = new Map<string, { revision: string; eventId: string; message: string; timeMs: number }>();
  let writing = Promise.resolve();
  const write = async (): Promise<void> => {
    const page = [...latest];
    latest.clear();
    for (const [hookId, error] of page) await noteFilterError(pool, hookId, error);
  };
  const timer = setInterval(() => {
    if (latest.size > 0) writing = writing.then(write).catch(onError);
  }, writeEveryMs);
  timer.unref();
  return {
    note({ id, revision }, eventId, message) {
      if (latest.has(id) || latest.size < mostHooks)
        latest.set(id, { revision, eventId, message: message.slice(0, 1_000), timeMs: Date.now() });
    },
    async close() {
      clearInterval(timer);
      await writing;
      await write().catch(onError);
    },
  };
}
