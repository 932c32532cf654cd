import { type DeliveryRecord, isPermanentFailure } from '@eventhooks/database';

/** Records that one caller wants written together. */
export interface Write {
  readonly records: readonly DeliveryRecord[];
  /** The batch that is done with them, if any. */
  readonly batchId: string | undefined;
  readonly isDurable: boolean;
}

/** Puts writes together into pages, one for each statement. */
export interface WriteQueue {
  /** Resolves once the write is made. Where PostgreSQL refuses a page, each of its writes is tried alone. */
  add(write: Write): Promise<void>;
}

interface QueuedWrite extends Write {
  resolve(): void;
  reject(error: unknown): void;
}

/** Pages that are written at once. While fewer are, a write does not wait for others to share its page. */
const mostPagesAtOnce = 3;
const rowsPerPage = 1_000;

export function createWriteQueue(writePage: (page: readonly Write[]) => Promise<void>): WriteQueue {
  let queue: QueuedWrite[] = [];
  let running = 0;

  const run = async (page: readonly QueuedWrite[]): Promise<void> => {
    try {
      await writePage(page);
      for (const { resolve } of page) resolve();
    } catch (error) {
      if (page.length > 1 && isPermanentFailure(error)) for (const write of page) await run([write]);
      else for (const { reject } of page) reject(error);
    }
  };
  const startPages = (): void => {
    while (running < mostPagesAtOnce && queue.length > 0) {
      const page = queue.slice(0, countPage(queue));
      queue = queue.slice(page.length);
      running += 1;
      void run(page).finally(() => {
        running -= 1;
        startPages();
      });
    }
  };
  return {
    add(write) {
      return new Promise((resolve, reject) => {
        queue.push({ ...write, resolve, reject });
        startPages();
      });
    },
  };
}

/** How many of the first writes fill a page: a statement has a bounded number of rows, and each delivery in one of them. */
function countPage(writes: readonly Write[]): number {
  const ids = new Set<string>();
  for (const [index, { records }] of writes.entries()) {
    const rows = records.flatMap(({ id, members }) => members?.map((member) => member.id) ?? id);
    if (index > 0 && (ids.size + rows.length > rowsPerPage || rows.some((id) => ids.has(id)))) return index;
    for (const id of rows) ids.add(id);
  }
  return writes.length;
}
