import type { PrintedDelivery } from '@eventhooks/contract';
import { type Database, findLastDurations, type StoredDelivery } from '@eventhooks/database';
import { printDelivery } from './print-delivery.ts';

/** Prints deliveries as lists show them: with the durations of their last attempts. */
export async function createListPrinter(
  pool: Database['pool'],
  rows: readonly StoredDelivery[],
): Promise<(row: StoredDelivery) => PrintedDelivery> {
  const durations = await findLastDurations(pool, rows.map(attemptedAs));
  return (row) => ({ ...printDelivery(row), duration_ms: durations.get(attemptedAs(row)) ?? null });
}

/** The attempts of a batch are stored once, under its id. */
function attemptedAs({ id, batch_id }: StoredDelivery): string {
  return batch_id ?? id;
}
