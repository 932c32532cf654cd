import type { ColumnType } from 'kysely';

export type Timestamp = ColumnType<Date, Date | string, Date | string>;
export type DefaultedTimestamp = ColumnType<Date, Date | string | undefined, Date | string>;
/** Written as JSON text, read as the parsed value. */
export type Json = ColumnType<unknown, string, string>;
