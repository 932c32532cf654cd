import { createHash } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { type Kysely, sql } from 'kysely';
import type { Schema } from './schema.ts';

/** `CREATE OR REPLACE FUNCTION` statements by the function's name. */
export type SqlFunctions = Readonly<Record<string, string>>;

/** The functions of this package, in the order in which they are made. */
export const databaseFunctions = {
  changes_channel: readStatement('changes-channel.sql'),
  announce_change: readStatement('announce-change.sql'),
  announce_breaker: readStatement('announce-breaker.sql'),
  reserve_slots: readStatement('reserve-slots.sql'),
  close_windows: readStatement('close-windows.sql'),
  postpone_windows: readStatement('postpone-windows.sql'),
  end_windows: readStatement('end-windows.sql'),
  end_hook_windows: readStatement('end-hook-windows.sql'),
  decide_windows: readStatement('decide-windows.sql'),
  claim_dispatch_batches: readStatement('claim-dispatch-batches.sql'),
  claim_due_deliveries: readStatement('claim-due-deliveries.sql'),
  take_quotas: readStatement('take-quotas.sql'),
  claim_batches: readStatement('claim-batches.sql'),
  claim_lanes: readStatement('claim-lanes.sql'),
  claim_lane_batches: readStatement('claim-lane-batches.sql'),
  first_id_of: readStatement('first-id-of.sql'),
  make_partitions: readStatement('make-partitions.sql'),
  drop_partitions: readStatement('drop-partitions.sql'),
} satisfies SqlFunctions;

function readStatement(file: string): string {
  return readFileSync(new URL(`functions/${file}`, import.meta.url), 'utf8');
}

/**
 * Creates or replaces functions, all or none. A function whose text has not changed is left alone, so that calls
 * keep their plans. Call it after the migrations and under their lock.
 *
 * A function keeps its name, arguments and result as long as workers of the previous release may call it: a function
 * that differs in these gets a new name. The last `migrate` wins: to go back a release, run that release's.
 *
 * @returns the names of the functions that were made or replaced.
 */
export async function applySqlFunctions(db: Kysely<Schema>, functions: SqlFunctions): Promise<string[]> {
  return db.transaction().execute(async (transaction) => {
    const rows = await transaction.selectFrom('sql_functions').selectAll().execute();
    const applied = new Map(rows.map(({ name, digest }) => [name, digest]));
    const changed: string[] = [];
    for (const [name, statement] of Object.entries(functions)) {
      const digest = createHash('sha256').update(statement).digest('hex');
      if (applied.get(name) === digest) continue;
      await sql.raw(statement).execute(transaction);
      await transaction
        .insertInto('sql_functions')
        .values({ name, digest })
        .onConflict((conflict) => conflict.column('name').doUpdateSet({ digest }))
        .execute();
      changed.push(name);
    }
    return changed;
  });
}
