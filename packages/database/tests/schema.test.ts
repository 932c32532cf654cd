import { HOOK_FIELDS, type HookFieldName } from '@eventhooks/contract';
import { createTestDatabase } from '../../../tests/support/index.ts';
import { connectDatabase } from '../src/index.ts';
import type { Schema } from '../src/schema.ts';

const hookFieldColumns = Object.fromEntries(Object.keys(HOOK_FIELDS).map((name) => [name, true])) as Record<
  HookFieldName,
  true
>;

/** The compiler keeps it complete, as types are gone when tests run. */
const tables: { [Table in keyof Schema]: Record<keyof Schema[Table], true> } = {
  workspaces: { name: true, id: true, title: true, comment: true, open: true, rate_limit: true, created_at: true },
  event_hooks: {
    ...hookFieldColumns,
    workspace: true,
    handler: true,
    config: true,
    explicit: true,
    revision: true,
    sealed: true,
    old_secrets: true,
    disabled_reason: true,
    draining: true,
    order_generation: true,
    order_settled: true,
    filter_error: true,
    failing_since: true,
  },
  leader_lease: { holder: true, expires_at: true },
  source_events: {
    workspace: true,
    source: true,
    event: true,
    description: true,
    fields: true,
    unique: true,
    schema: true,
    inbound_endpoint: true,
    created_at: true,
    updated_at: true,
  },
  inbound_endpoints: {
    id: true,
    workspace: true,
    name: true,
    enabled: true,
    tags: true,
    rate_limit: true,
    preset: true,
    verify: true,
    map: true,
    respond: true,
    sealed: true,
    created_at: true,
    updated_at: true,
  },
  inbound_rejections: { id: true, endpoint_id: true, status: true, reason: true, headers: true, rejected_at: true },
  tokens: {
    id: true,
    name: true,
    hash: true,
    role: true,
    workspace: true,
    expires_at: true,
    last_used_at: true,
    rate_limit: true,
    created_at: true,
  },
  audit_entries: {
    id: true,
    workspace: true,
    actor: true,
    address: true,
    request_id: true,
    action: true,
    entity: true,
    entity_id: true,
    before: true,
    after: true,
    created_at: true,
  },
  configuration_version: { version: true },
  events: {
    id: true,
    workspace: true,
    source: true,
    event: true,
    data: true,
    publisher_id: true,
    traceparent: true,
    position: true,
  },
  publisher_ids: { workspace: true, source: true, publisher_id: true, event_id: true },
  dispatch_batches: {
    id: true,
    event_ids: true,
    event_count: true,
    runs: true,
    claimed_until: true,
    due_at: true,
    position: true,
    holds_order: true,
  },
  deliveries: {
    id: true,
    event_id: true,
    hook_id: true,
    workspace: true,
    source: true,
    event: true,
    status: true,
    reason: true,
    error_code: true,
    response_status: true,
    attempt_count: true,
    schedule_step: true,
    suppressed_count: true,
    suppressed_until: true,
    next_attempt_at: true,
    order_key: true,
    order_position: true,
    updated_at: true,
    batch_id: true,
    past_batches: true,
    duration_ms: true,
    attempt_page: true,
    past_attempt_pages: true,
  },
  attempts: {
    delivery_id: true,
    number: true,
    started_at: true,
    duration_ms: true,
    ok: true,
    error_code: true,
    error_message: true,
    request: true,
    response: true,
  },
  attempt_pages: { id: true, content: true },
  hook_breakers: { hook_id: true, opened_at: true, probe_at: true, probing: true, failed_probes: true },
  hook_rates: { hook_id: true, next_slot: true, line_until: true },
  publish_quotas: { id: true, full_at: true },
  replays: {
    id: true,
    workspace: true,
    hook_id: true,
    status: true,
    since: true,
    until: true,
    statuses: true,
    scope: true,
    total: true,
    done: true,
    position: true,
    until_id: true,
    created_at: true,
    updated_at: true,
  },
  probes: { id: true, request: true, result: true },
  delivery_stats: {
    workspace: true,
    hook_id: true,
    minute: true,
    events: true,
    succeeded: true,
    failed: true,
    exhausted: true,
    suppressed: true,
    d0: true,
    d1: true,
    d2: true,
    d3: true,
    d4: true,
    d5: true,
    d6: true,
    d7: true,
    d8: true,
    d9: true,
    d10: true,
    d11: true,
  },
  processes: {
    id: true,
    kind: true,
    host: true,
    pid: true,
    version: true,
    node: true,
    is_scheduler: true,
    started_at: true,
    seen_at: true,
  },
  firing_hooks: { hook_key: true, last_digest: true, snoozed_until: true, suppressed: true, expires_at: true },
  firing_digests: { hook_key: true, digest: true, snoozed_until: true },
  firing_claims: { batch_id: true, hook_keys: true, event_ids: true, decisions: true, expires_at: true },
  firing_windows: { hook_id: true, digest: true, ends_at: true, pending_id: true, fired_id: true },
  archive_state: {
    only_row: true,
    last_day: true,
    days_waiting: true,
    error: true,
    failing_since: true,
    updated_at: true,
  },
  sql_functions: { name: true, digest: true },
};

test('the types of all tables name the columns that a migrated database has, no more and no less', async () => {
  await using testDatabase = await createTestDatabase();
  const database = connectDatabase(testDatabase.url);
  const { rows } = await database.pool.query<{ table: string; columns: string[] }>(
    `SELECT relname AS table, array_agg(attname::text ORDER BY attname) AS columns
     FROM pg_class JOIN pg_attribute ON attrelid = pg_class.oid AND attnum > 0 AND NOT attisdropped
     WHERE relnamespace = 'public'::regnamespace AND relkind IN ('r', 'p') AND NOT relispartition
       AND relname NOT LIKE 'kysely%' GROUP BY relname`,
  );
  await database.close();
  const inTypes = Object.entries(tables).map(([table, columns]) => [table, Object.keys(columns).sort()]);
  expect(Object.fromEntries(rows.map(({ table, columns }) => [table, columns.sort()]))).toEqual(
    Object.fromEntries(inTypes),
  );
});

test('data of events are compressed by lz4 in every partition, or as PostgreSQL does where it was built without', async () => {
  await using testDatabase = await createTestDatabase();
  const database = connectDatabase(testDatabase.url);
  await database.pool.query("SELECT make_partitions('2040-01-01')");
  const { rows } = await database.pool.query<{ method: string; partitions: number }>(
    `SELECT attcompression AS method, count(*)::int AS partitions FROM pg_attribute
     JOIN pg_partition_tree('events') ON relid = attrelid WHERE attname = 'data' GROUP BY attcompression`,
  );
  const { rows: settings } = await database.pool.query<{ has_lz4: boolean }>(
    "SELECT 'lz4' = ANY (enumvals) AS has_lz4 FROM pg_settings WHERE name = 'default_toast_compression'",
  );
  await database.close();
  expect(rows).toEqual([{ method: settings[0]?.has_lz4 ? 'l' : '', partitions: expect.any(Number) }]);
});
