import { setImmediate as letOthersGo } from 'node:timers/promises';
import { firstIdAt, listMissedEvents, lowestId, timeOfId } from '@eventhooks/database';
import { type HearingHook, hear, sourcesOf } from '@eventhooks/expressions';
import type { Call } from '../http/call.ts';

const eventsPerPage = 1_000;
/** Counting stops after this. The replay counts the rest as it delivers. */
const countMs = 2_000;

/** The events between two times that the hook would hear of now, and has no delivery for: as many as are counted in a moment. */
export async function countMissed(
  { context, workspace }: Call,
  hook: HearingHook & { id: string },
  { since, until }: { since: Date | null; until: Date },
): Promise<number> {
  const until_id = firstIdAt(until.getTime());
  const endsAt = performance.now() + countMs;
  let position = since === null ? lowestId : firstIdAt(since.getTime());
  let count = 0;
  while (performance.now() < endsAt) {
    const range = { workspace, hook_id: hook.id, position, until_id, sources: sourcesOf(hook) };
    const page = await listMissedEvents(context.database.pool, range, eventsPerPage);
    for (const event of page.events)
      if (hear(hook, event, timeOfId(event.id), context.filters).kind === 'heard') count += 1;
    if (page.isEnd || page.last === null) return count;
    position = page.last;
    await letOthersGo();
  }
  return count;
}
