import { ipKeyGenerator, MemoryStore } from 'express-rate-limit';

export interface FailedAttempts {
  /** Seconds until this address may try again; 0 when it may now. */
  blockedForSeconds(address: string): Promise<number>;
  note(address: string): Promise<void>;
  close(): void;
}

const windowMs = 30_000;
const attemptsPerWindow = 60;

/** Counts wrong tokens by the caller's address (an IPv6 address by its /56). */
export function createFailedAttempts(): FailedAttempts {
  const store = new MemoryStore();
  // The store reads only the window from the middleware's options.
  store.init({ windowMs } as Parameters<MemoryStore['init']>[0]);
  return {
    async blockedForSeconds(address) {
      const client = await store.get(ipKeyGenerator(address));
      if (client === undefined || client.totalHits < attemptsPerWindow) return 0;
      return Math.max(1, Math.ceil(((client.resetTime?.getTime() ?? 0) - Date.now()) / 1000));
    },
    async note(address) {
      await store.increment(ipKeyGenerator(address));
    },
    close: () => store.shutdown(),
  };
}
