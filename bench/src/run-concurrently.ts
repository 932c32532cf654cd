/** Calls `work` with 0 to `count` - 1, `concurrency` at a time, until all are done or the signal says to stop. */
export async function runConcurrently(
  count: number,
  concurrency: number,
  signal: AbortSignal,
  work: (index: number) => Promise<void>,
): Promise<void> {
  let next = 0;
  const runOne = async (): Promise<void> => {
    while (next < count) {
      signal.throwIfAborted();
      const index = next;
      next += 1;
      await work(index);
    }
  };
  await Promise.all(Array.from({ length: concurrency }, runOne));
}
