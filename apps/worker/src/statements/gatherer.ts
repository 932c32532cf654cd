import { isPermanentFailure } from '@eventhooks/database';

/** Puts what callers ask of PostgreSQL at the same time together into few statements. */
export interface Gatherer<Item, Result> {
  /**
   * Resolves with the result of the statement that the item was part of. Where PostgreSQL refuses a statement for good, each of its items
   * is tried alone.
   */
  add(item: Item): Promise<Result>;
}

export interface GathererOptions<Item, Result> {
  /** Statements under way at once. While fewer are, an item does not wait for others. */
  mostAtOnce: number;
  /** How many of the first items, one at least, go together in a statement. */
  countTogether(items: readonly Item[]): number;
  run(items: readonly Item[]): Promise<Result>;
}

interface Waiting<Item, Result> {
  item: Item;
  resolve(result: Result): void;
  reject(error: unknown): void;
}

export function createGatherer<Item, Result>(options: GathererOptions<Item, Result>): Gatherer<Item, Result> {
  let waiting: Waiting<Item, Result>[] = [];
  let running = 0;

  const run = async (together: readonly Waiting<Item, Result>[]): Promise<void> => {
    try {
      const result = await options.run(together.map(({ item }) => item));
      for (const { resolve } of together) resolve(result);
    } catch (error) {
      if (together.length > 1 && isPermanentFailure(error)) for (const one of together) await run([one]);
      else for (const { reject } of together) reject(error);
    }
  };
  const start = (): void => {
    while (running < options.mostAtOnce && waiting.length > 0) {
      const count = options.countTogether(waiting.map(({ item }) => item));
      const together = waiting.slice(0, count);
      waiting = waiting.slice(count);
      running += 1;
      void run(together).finally(() => {
        running -= 1;
        start();
      });
    }
  };
  return {
    add(item) {
      return new Promise((resolve, reject) => {
        waiting.push({ item, resolve, reject });
        start();
      });
    },
  };
}
