import type { DueHook } from '@eventhooks/database';

/** A hook with this many due deliveries has a long backlog, so no more are counted. */
export const dueCounted = 400;
/** Deliveries that a job is meant for. Hooks with few share a job. */
const deliveriesPerJob = 200;
const mostHooksPerJob = 100;

/**
 * Packs due hooks into jobs, in order, about `room` of them. Where room is left, hooks with a long backlog get more jobs of
 * their own, `copies` at most, so that several workers deliver it at once.
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
    if (deliveries < deliveriesPerJob && job.length < mostHooksPerJob) continue;
    jobs.push(job);
    job = [];
    deliveries = 0;
  }
  if (job.length > 0) jobs.push(job);
  const more = Array.from({ length: copies }, () => long).flat();
  return { jobs: [...jobs, ...more.slice(0, Math.max(0, room - jobs.length)).map((hookId) => [hookId])], last };
}
