import type { PrintedDelivery } from '@eventhooks/contract';
import { type Database, findLastDurations, type StoredDelivery } from '@eventhooks/database';
import { printDelivery } from './print-delivery.ts';

/** Prints deliveries as lists show them: with the durations of their last attempts. */
export async function createListPrinter(
  pool: Database['pool'],
  rows: readonly StoredDelivery[],
): Promise<(row: StoredDelivery) => PrintedDelivery> {
  const durations = await findLastDurations(pool, rows);
  return (row) => ({ ...printDelivery(row), duration_ms: durations.get(row.id) ?? null });
}
