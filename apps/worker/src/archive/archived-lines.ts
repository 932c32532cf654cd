import type { ArchivedKind } from '@eventhooks/archive';
import { JsonText, redactMessage, stringifyExact } from '@eventhooks/contract';
import {
  type Day,
  findAttemptsOf,
  firstIdAt,
  listDeliveries,
  listEvents,
  printLaneKey,
  type StoredAttempt,
  type StoredDelivery,
  type StoredEvent,
  timeOfId,
} from '@eventhooks/database';
import type pg from 'pg';

type Pages = AsyncGenerator<string[]>;

/** Rows that are in memory together: an event has up to 256 KiB, and a delivery some attempts of 4 KiB and more. */
const pageRows = 200;
/** Attempts of a delivery batch are found with each of its deliveries, which lie close together. */
const rememberedBatches = 10_000;

/** The rows of a workspace and day as lines of JSON without credentials, page by page, newest first. */
export const readLines = {
  async *events(pool, day, workspace) {
    const list = (before: string) => listEvents(pool, { workspace, from: firstIdAt(day.startMs), before }, pageRows);
    for await (const rows of pagesOf(day, list)) yield rows.map(printEvent);
  },
  async *deliveries(pool, day, workspace) {
    for await (const rows of deliveriesOf(pool, day, workspace)) yield rows.map(printDelivery);
  },
  async *attempts(pool, day, workspace) {
    const seen = new Set<string>();
    for await (const rows of deliveriesOf(pool, day, workspace)) {
      const ids = rows.map(({ id }) => id);
      const own = new Set(ids);
      const attempts = await findAttemptsOf(pool, ids);
      const fresh = attempts.filter(({ delivery_id: id, number }) => own.has(id) || remember(seen, `${id} ${number}`));
      yield fresh.map(printAttempt);
    }
  },
} satisfies Record<ArchivedKind, (pool: pg.Pool, day: Day, workspace: string) => Pages>;

function deliveriesOf(pool: pg.Pool, day: Day, workspace: string): AsyncGenerator<StoredDelivery[]> {
  const from = firstIdAt(day.startMs);
  return pagesOf(day, (before) => listDeliveries(pool, { workspace, from, before }, pageRows));
}

async function* pagesOf<T extends { id: string }>(
  { endMs }: Day,
  list: (before: string) => Promise<T[]>,
): AsyncGenerator<T[]> {
  let before = firstIdAt(endMs);
  for (;;) {
    const rows = await list(before);
    yield rows;
    const last = rows.at(-1);
    if (last === undefined || rows.length < pageRows) return;
    before = last.id;
  }
}

/** Whether the key is new. The oldest keys are forgotten. */
function remember(seen: Set<string>, key: string): boolean {
  if (seen.has(key)) return false;
  seen.add(key);
  const [oldest] = seen;
  if (seen.size > rememberedBatches && oldest !== undefined) seen.delete(oldest);
  return true;
}

const createdAt = (id: string): string => new Date(timeOfId(id)).toISOString();

function printEvent({ data, ...event }: StoredEvent): string {
  return stringifyExact({ ...event, data: new JsonText(data), created_at: createdAt(event.id) });
}

function printDelivery({ order_key, ...delivery }: StoredDelivery): string {
  const key = order_key === null ? null : printLaneKey(order_key);
  return JSON.stringify({ ...delivery, order_key: key, created_at: createdAt(delivery.id) });
}

/** `delivery_id` is the delivery's, or that of the batch with which it was sent. */
function printAttempt({ request, response, ...attempt }: StoredAttempt): string {
  return stringifyExact({
    ...attempt,
    started_at: attempt.started_at.toISOString(),
    request: request === null ? null : redactMessage(request),
    response: response === null ? null : redactMessage(response),
  });
}
