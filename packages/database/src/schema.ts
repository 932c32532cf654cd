import type { Selectable } from 'kysely';
import type { AccessTables } from './schema/access.ts';
import type { DeliveryTables } from './schema/deliveries.ts';
import type { EventTables } from './schema/events.ts';
import type { FiringTables } from './schema/firings.ts';
import type { HookTables } from './schema/hooks.ts';
import type { InstallationTables } from './schema/installation.ts';
import type { SourceTables } from './schema/sources.ts';

/**
 * Every table and its columns, as pg reads and takes them. A test compares it with the migrated database. It types the
 * queries of kysely and the rows of statements written by hand.
 */
export interface Schema
  extends AccessTables,
    SourceTables,
    HookTables,
    EventTables,
    FiringTables,
    DeliveryTables,
    InstallationTables {}

/** A row of a table as a statement written by hand reads it. */
export type Row<Table extends keyof Schema> = Selectable<Schema[Table]>;
