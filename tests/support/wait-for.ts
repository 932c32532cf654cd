import { setTimeout as delay } from 'node:timers/promises';

/**
 * Asks every 20 ms until the condition returns something truthy, and returns that. An exception of the condition counts as
 * "not yet".
 *
 * @throws Error after `timeoutMs` (40 s), with the condition's last error as its cause.
 */
export async function waitFor<T>(
  condition: () => T | Promise<T>,
  { timeoutMs = 40_000, what = 'the condition' }: { timeoutMs?: number; what?: string } = {},
): Promise<NonNullable<T>> {
  const endsAt = performance.now() + timeoutMs;
  let cause: unknown;
  do {
    try {
      const result = await condition();
      if (result) return result;
      cause = undefined;
    } catch (error) {
      cause = error;
    }
    await delay(20);
  } while (performance.now() < endsAt);
  throw new Error(`Waited ${timeoutMs} ms in vain for ${what}`, { cause });
}
