import { setImmediate as letOthersGo } from 'node:timers/promises';
import type { PrintedFilterPreview } from '@eventhooks/contract';
import { newId, pageEvents, timeOfId } from '@eventhooks/database';
import { type Hearing, type HearingHook, hear, type StoredEvent, sourcesOf } from '@eventhooks/expressions';
import type { Call } from '../http/call.ts';

const mostEvents = 1_000;
const eventsPerPage = 100;
const previewMs = 2_000;
const mostLatest = 5;

/** Judges sample data by a filter, and the latest events that the hook would hear of without it. */
export async function previewFilter(
  call: Call,
  hook: HearingHook,
  sample: Pick<StoredEvent, 'source' | 'event' | 'data'>,
): Promise<PrintedFilterPreview> {
  const id = newId();
  const own = hear(hook, { id, ...sample }, timeOfId(id), call.context.filters);
  return {
    verdict: verdictOf(own),
    message: own.kind === 'error' ? own.message : null,
    ...(await judgeRecent(call, hook)),
  };
}

function verdictOf({ kind }: Hearing): PrintedFilterPreview['verdict'] {
  if (kind === 'heard') return 'passes';
  return kind === 'error' ? 'error' : 'filtered';
}

async function judgeRecent(
  { context, workspace }: Call,
  hook: HearingHook,
): Promise<Pick<PrintedFilterPreview, 'recent' | 'latest'>> {
  const { database, filters } = context;
  const endsAt = performance.now() + previewMs;
  const recent = { events: 0, passing: 0 };
  const latest: PrintedFilterPreview['latest'] = [];
  let before: string | undefined;
  while (recent.events < mostEvents && performance.now() < endsAt) {
    const { rows, lookedAtTo } = await pageEvents(
      database.pool,
      { workspace, sources: sourcesOf(hook), ...(before && { before }) },
      eventsPerPage,
    );
    for (const event of rows) {
      const timeMs = timeOfId(event.id);
      const hearing = hear(hook, event, timeMs, filters);
      if (hearing.kind === 'other_event') continue;
      recent.events += 1;
      if (hearing.kind === 'heard') recent.passing += 1;
      if (latest.length === mostLatest) continue;
      const created_at = new Date(timeMs).toISOString();
      latest.push({ id: event.id, event: event.event, verdict: verdictOf(hearing), created_at });
    }
    before = lookedAtTo ?? rows.at(-1)?.id;
    if (lookedAtTo === null && rows.length < eventsPerPage) break;
    await letOthersGo();
  }
  return { recent, latest };
}
