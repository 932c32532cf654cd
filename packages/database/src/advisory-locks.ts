/** Constants that nothing else in the database uses. */
const keys = {
  migration: 7_306_411_954,
  partitions: 7_306_411_955,
} as const;

/**
 * The key of an advisory lock, as an SQL expression. Advisory locks belong to a database, an installation to a schema:
 * other schemas than `public` have keys of their own. Schema `public` keeps the keys that earlier releases lock.
 */
export function advisoryKey(lock: keyof typeof keys): string {
  const key = `${keys[lock]}::bigint`;
  return `CASE current_schema() WHEN 'public' THEN ${key} ELSE hashtextextended(current_schema(), ${key}) END`;
}
