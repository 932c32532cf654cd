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
} satisfies SqlFunctions;

function readStatement(file: string): string {
  return readFileSync(new URL(`functions/${file}`, import.meta.url), 'utf8');
}

/**
 * Brings functions to the text that is given, all or none. One whose text was applied last is left alone, so that calls
 * keep their plans. Belongs behind the migrations and under their lock.
 *
 * A function keeps its name, arguments and result for as long as workers of the release before may call it: a function
 * that differs in these is a new one. The `migrate` that ran last wins: to go back a release, run that release's.
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
