import {
  type Database,
  feedBackfill,
  findBackfill,
  listMissedEvents,
  type MissedEvent,
  type PastEvent,
  readConfigurationVersion,
  type StoredHook,
  timeOfId,
} from '@eventhooks/database';
import { type EventFilters, hear, sourcesOf } from '@eventhooks/expressions';
import type { HookIndex } from '../hooks/hook-index.ts';
import { startTimeSlices } from '../hooks/time-slices.ts';
import { orderOf } from './order-of.ts';

export interface BackfillTools {
  database: Database;
  hooks: HookIndex;
  filtering: { filters: EventFilters };
}

/** Events that are looked at together. */
const eventsPerPage = 500;

/**
 * Hands over the next deliveries of a replay of events, `most` at most.
 *
 * @returns their number; null when the replay ended, or waits for the dispatch of events.
 */
export async function feedOneBackfill(id: string, most: number, tools: BackfillTools): Promise<number | null> {
  const { pool } = tools.database;
  // The hook may have changed just before the replay was asked for.
  await tools.hooks.catchUp(await readConfigurationVersion(pool));
  const backfill = await findBackfill(pool, id);
  const hook = backfill && tools.hooks.find(backfill.hook_id);
  if (!backfill || !hook) return null;
  const page = await listMissedEvents(pool, { ...backfill, sources: sourcesOf(hook) }, eventsPerPage);
  const { missed, stoppedAt } = await pickHeard(hook, page.events, most, tools.filtering.filters);
  const isEnd = stoppedAt === null && page.isEnd;
  const position = stoppedAt ?? page.last;
  if (position === null && !isEnd) return null;
  return feedBackfill(pool, backfill, missed, { position: position ?? backfill.position, isEnd });
}

/** The first `most` events that the hook would hear of now, and the last one looked at where others are left. */
async function pickHeard(
  hook: StoredHook,
  events: readonly PastEvent[],
  most: number,
  filters: EventFilters,
): Promise<{ missed: MissedEvent[]; stoppedAt: string | null }> {
  const missed: MissedEvent[] = [];
  const slices = startTimeSlices();
  for (const event of events) {
    const heard = hear(hook, event, timeOfId(event.id), filters);
    if (heard.kind === 'heard')
      missed.push({ eventId: event.id, ...heard.name, order: orderOf(hook, { ...event, ...heard.name }, filters) });
    if (missed.length === most && event !== events.at(-1)) return { missed, stoppedAt: event.id };
    if (slices.isOver()) await slices.letOthersGo();
  }
  return { missed, stoppedAt: null };
}
