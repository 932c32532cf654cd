import { type Database, findTokensByHash, type StoredToken } from '@eventhooks/database';

/** Resolves with the stored token that has this SHA-256, or null. */
export type LookUpToken = (hash: Buffer) => Promise<StoredToken | null>;

/** Hashes per statement. */
const pageSize = 500;

interface Waiting {
  hash: Buffer;
  resolve(token: StoredToken | null): void;
  reject(error: unknown): void;
}

/**
 * Looks up tokens that this process has not seen. Look-ups that arrive while one is under way share the next statement, so a
 * flood of wrong tokens costs one connection, and a right token among them is still found.
 */
export function createTokenLookup({ kysely }: Pick<Database, 'kysely'>): LookUpToken {
  let waiting: Waiting[] = [];
  let running = false;

  const run = async (): Promise<void> => {
    while (waiting.length > 0) {
      const page = waiting.slice(0, pageSize);
      waiting = waiting.slice(pageSize);
      try {
        const rows = await findTokensByHash(
          kysely,
          page.map(({ hash }) => hash),
        );
        const byHash = new Map(rows.map((row) => [row.hash.toString('base64'), row]));
        for (const { hash, resolve } of page) resolve(byHash.get(hash.toString('base64')) ?? null);
      } catch (error) {
        for (const { reject } of page) reject(error);
      }
    }
  };
  return (hash) =>
    new Promise((resolve, reject) => {
      waiting.push({ hash, resolve, reject });
      if (running) return;
      running = true;
      void run().finally(() => {
        running = false;
      });
    });
}
