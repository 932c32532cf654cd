import type { DueHook } from '@eventhooks/database';

/** A hook with as many due deliveries has a long line, so no more are counted. */
export const dueCounted = 400;
/** Deliveries that a job is meant for: hooks with few share one. */
const jobDeliveries = 200;
/** Hooks of a job at most. */
const jobHooks = 100;

/**
 * Packs due hooks into jobs, in order, about `room` of them. Where room is left, hooks with a long line get more jobs of their own,
 * `copies` at most, so that several workers serve it at once.
 *
 * @returns the jobs, and the last hook that is in one of them.
 */
export function packHooks(
  due: readonly DueHook[],
  { room, copies }: { room: number; copies: number },
): { jobs: string[][]; last: string | null } {
  const jobs: string[][] = [];
  const long: string[] = [];
  let job: string[] = [];
  let deliveries = 0;
  let last: string | null = null;
  for (const { hookId, due: count } of due) {
    if (jobs.length >= room) break;
    last = hookId;
    if (count >= dueCounted) long.push(hookId);
    job.push(hookId);
    deliveries += count;
    if (deliveries < jobDeliveries && job.length < jobHooks) continue;
    jobs.push(job);
    job = [];
    deliveries = 0;
  }
  if (job.length > 0) jobs.push(job);
  const more = Array.from({ length: copies }, () => long).flat();
  return { jobs: [...jobs, ...more.slice(0, Math.max(0, room - jobs.length)).map((hookId) => [hookId])], last };
}
