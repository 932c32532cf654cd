import type { HookFieldName, HookFieldsKeptAs, HookFieldValues } from '@eventhooks/contract';
import type { ColumnType, Generated } from 'kysely';
import type { DefaultedTimestamp, Json, Timestamp } from './columns.ts';

/** The fields of a hook that the contract defines, each in a column of its own. */
type HookFieldColumns = {
  [N in HookFieldName]: N extends HookFieldsKeptAs<'time'>
    ? DefaultedTimestamp
    : N extends HookFieldsKeptAs<'iso_time'>
      ? ColumnType<Date | null, Date | string | null, Date | string | null>
      : N extends HookFieldsKeptAs<'json'>
        ? ColumnType<unknown, string | null, string | null>
        : HookFieldValues[N];
};

export interface EventHooksTable extends HookFieldColumns {
  workspace: string;
  handler: string;
  config: Json;
  /** The own fields that the client gave, see @eventhooks/contract. */
  explicit: Generated<string[]>;
  /** Set by a trigger on each write; grows over the whole installation. A bigint, so pg reads it as text. */
  revision: ColumnType<string, never, never>;
  /** See seal-hook.ts. */
  sealed: ColumnType<Record<string, string>, string | undefined, string>;
  old_secrets: ColumnType<{ ends_at: number; sealed: string }[], string | undefined, string>;
  disabled_reason: string | null;
  failing_since: ColumnType<Date | null, Date | string | null | undefined, Date | string | null>;
  draining: Generated<boolean>;
  /** Set by a trigger: how often `order_by` was changed. Keys of later generations than the settled one wait for older ones. */
  order_generation: Generated<number>;
  order_settled: Generated<number>;
  /** The latest error of its filter: `{event_id, message, time}`. */
  filter_error: ColumnType<FilterError | null, string | null | undefined, string | null>;
}

export interface FilterError {
  event_id: string;
  message: string;
  /** RFC 3339. */
  time: string;
}

/** Breakers that are not closed. */
export interface HookBreakersTable {
  hook_id: string;
  opened_at: DefaultedTimestamp;
  probe_at: Timestamp;
  probing: Generated<boolean>;
  failed_probes: Generated<number>;
}

/** Written by the function `reserve_slots`. */
export interface HookRatesTable {
  hook_id: string;
  /** ms since the epoch. */
  next_slot: Generated<number>;
  line_until: Generated<number>;
}

/** Hook tests. */
export interface ProbesTable {
  id: string;
  /** Sealed, see hook-tests.ts. */
  request: string;
  result: string | null;
}

export interface HookTables {
  event_hooks: EventHooksTable;
  hook_breakers: HookBreakersTable;
  hook_rates: HookRatesTable;
  probes: ProbesTable;
}
