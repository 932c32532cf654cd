import { type Database, endWindows } from '@eventhooks/database';

/** Windows that one statement ends. */
const windowsPerPage = 1_000;
/** The other parts of the scheduler get their turn after this. */
const longestMs = 500;

/** Ends the windows whose time has come, so that their last events fire. */
export async function endDueWindows({ pool }: Database): Promise<void> {
  const endsAt = performance.now() + longestMs;
  while ((await endWindows(pool, windowsPerPage)) === windowsPerPage && performance.now() < endsAt);
}
