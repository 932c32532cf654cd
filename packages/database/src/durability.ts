/**
 * The table expression `durability`, of one row. A statement that joins it commits without waiting for the disk, unless `parameter` is true.
 * A crash of PostgreSQL may then lose it, with everything that was committed after it and did not wait either.
 */
export const durabilityOf = (parameter: string): string => `durability AS MATERIALIZED (
  SELECT set_config('synchronous_commit',
    CASE WHEN ${parameter} THEN current_setting('synchronous_commit') ELSE 'off' END, true) AS setting
)`;
