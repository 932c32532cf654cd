import { type Kysely, sql } from 'kysely';

/**
 * The whole first schema. Notes that the column lists do not show:
 *
 * - `events`, `deliveries` and `attempts` are partitioned by range of their UUIDv7 key, a day each
 *   (see ../partitions.ts). A delivery's id starts with its event's timestamp, so all rows that belong
 *   to one event live in the partitions of one day and are dropped together.
 * - `events.data` is JSON kept as text: what was published is handed on byte for byte, and PostgreSQL's
 *   json types would refuse or rewrite some legal JSON (\u0000, lone surrogates, numbers).
 * - `dispatch_batches` is the outbox: a row a committed batch of events, deleted when every decision on
 *   it is recorded. `due_at` is when the scheduler hands it to the queue (again), `claimed_until` how long the
 *   worker that runs it may take.
 * - A delivery waits while `next_attempt_at` is set; that is what the partial index holds.
 * - Triggers announce changes of configuration on the channel `eventhooks_changes` and count them in
 *   `configuration_version`, so that a listener that lost its connection can tell whether it missed any.
 * - `probes` carries pings and tests to a worker and their results back; losing them in a crash is no harm.
 */
export async function up(db: Kysely<unknown>): Promise<void> {
  await createConfigurationTables(db);
  await createPartitionedTables(db);
  await createOutboxTables(db);
  await createChangeTriggers(db);
}

async function createConfigurationTables(db: Kysely<unknown>): Promise<void> {
  await sql`
    CREATE TABLE workspaces (
      name text PRIMARY KEY,
      id uuid NOT NULL UNIQUE,
      comment text,
      created_at timestamptz NOT NULL DEFAULT now()
    )`.execute(db);
  await sql`INSERT INTO workspaces (name, id) VALUES ('default', gen_random_uuid())`.execute(db);
  await sql`
    CREATE TABLE event_hooks (
      id uuid PRIMARY KEY,
      workspace text NOT NULL REFERENCES workspaces (name),
      source text NOT NULL,
      event text,
      handler text NOT NULL,
      config json NOT NULL,
      snooze integer,
      on_change boolean,
      enabled boolean NOT NULL DEFAULT true,
      name text,
      tags text[] NOT NULL DEFAULT '{}',
      retry json,
      timeout integer,
      rate_limit integer,
      max_in_flight integer,
      explicit text[] NOT NULL DEFAULT '{}',
      revision bigint NOT NULL DEFAULT 0,
      disabled_reason text,
      failing_since timestamptz,
      created_at timestamptz NOT NULL DEFAULT now(),
      updated_at timestamptz NOT NULL DEFAULT now()
    )`.execute(db);
  await sql`CREATE INDEX event_hooks_page ON event_hooks (workspace, id)`.execute(db);
  await sql`CREATE INDEX event_hooks_source ON event_hooks (workspace, source, event)`.execute(db);
  await sql`CREATE INDEX event_hooks_tags ON event_hooks USING gin (tags)`.execute(db);
  await sql`
    CREATE TABLE source_events (
      workspace text NOT NULL REFERENCES workspaces (name) ON DELETE CASCADE,
      source text NOT NULL,
      event text NOT NULL,
      description text,
      fields text[] NOT NULL DEFAULT '{}',
      "unique" text[],
      schema json,
      created_at timestamptz NOT NULL DEFAULT now(),
      updated_at timestamptz NOT NULL DEFAULT now(),
      PRIMARY KEY (workspace, source, event)
    )`.execute(db);
  await sql`
    CREATE TABLE tokens (
      id uuid PRIMARY KEY,
      name text,
      hash bytea NOT NULL UNIQUE,
      role text NOT NULL,
      workspace text REFERENCES workspaces (name) ON DELETE CASCADE,
      expires_at timestamptz,
      last_used_at timestamptz,
      created_at timestamptz NOT NULL DEFAULT now()
    )`.execute(db);
  await sql`
    CREATE TABLE audit_entries (
      id uuid PRIMARY KEY,
      workspace text,
      actor text NOT NULL,
      address text,
      request_id text,
      action text NOT NULL,
      entity text NOT NULL,
      entity_id text NOT NULL,
      before jsonb,
      after jsonb,
      created_at timestamptz NOT NULL DEFAULT now()
    )`.execute(db);
  await sql`CREATE INDEX audit_entries_page ON audit_entries (workspace, id)`.execute(db);
}

async function createPartitionedTables(db: Kysely<unknown>): Promise<void> {
  await sql`
    CREATE TABLE events (
      id uuid NOT NULL,
      workspace text NOT NULL,
      source text NOT NULL,
      event text NOT NULL,
      data text NOT NULL,
      publisher_id text,
      PRIMARY KEY (id)
    ) PARTITION BY RANGE (id)`.execute(db);
  await sql`CREATE INDEX events_page ON events (workspace, id)`.execute(db);
  await sql`
    CREATE TABLE deliveries (
      id uuid NOT NULL,
      event_id uuid NOT NULL,
      hook_id uuid NOT NULL,
      workspace text NOT NULL,
      source text NOT NULL,
      event text NOT NULL,
      status text NOT NULL,
      reason text,
      error_code text,
      response_status smallint,
      attempt_count smallint NOT NULL DEFAULT 0,
      schedule_step smallint NOT NULL DEFAULT 0,
      suppressed_count integer,
      suppressed_until timestamptz,
      next_attempt_at timestamptz,
      updated_at timestamptz NOT NULL DEFAULT now(),
      PRIMARY KEY (id)
    ) PARTITION BY RANGE (id)`.execute(db);
  await sql`CREATE INDEX deliveries_page ON deliveries (workspace, id)`.execute(db);
  await sql`CREATE INDEX deliveries_of_hook ON deliveries (hook_id, id)`.execute(db);
  await sql`CREATE INDEX deliveries_due ON deliveries (next_attempt_at) WHERE next_attempt_at IS NOT NULL`.execute(db);
  await sql`
    CREATE TABLE attempts (
      delivery_id uuid NOT NULL,
      number smallint NOT NULL,
      started_at timestamptz NOT NULL,
      duration_ms integer NOT NULL,
      ok boolean NOT NULL,
      error_code text,
      error_message text,
      request text,
      response text,
      PRIMARY KEY (delivery_id, number)
    ) PARTITION BY RANGE (delivery_id)`.execute(db);
}

async function createOutboxTables(db: Kysely<unknown>): Promise<void> {
  await sql`
    CREATE TABLE dispatch_batches (
      id uuid PRIMARY KEY,
      event_ids uuid[] NOT NULL,
      runs integer NOT NULL DEFAULT 0,
      claimed_until timestamptz,
      due_at timestamptz NOT NULL
    )`.execute(db);
  await sql`CREATE INDEX dispatch_batches_due ON dispatch_batches (due_at)`.execute(db);
  await sql`
    CREATE TABLE publisher_ids (
      workspace text NOT NULL,
      source text NOT NULL,
      publisher_id text NOT NULL,
      event_id uuid NOT NULL,
      PRIMARY KEY (workspace, source, publisher_id)
    )`.execute(db);
  await sql`CREATE INDEX publisher_ids_by_event ON publisher_ids (event_id)`.execute(db);
  await sql`
    CREATE UNLOGGED TABLE probes (
      id uuid PRIMARY KEY,
      request text NOT NULL,
      result text
    )`.execute(db);
}

async function createChangeTriggers(db: Kysely<unknown>): Promise<void> {
  await sql`CREATE TABLE configuration_version (version bigint NOT NULL)`.execute(db);
  await sql`INSERT INTO configuration_version VALUES (1)`.execute(db);
  await sql`
    CREATE FUNCTION announce_change() RETURNS trigger LANGUAGE plpgsql AS $$
    DECLARE
      changed record;
      subject text;
      new_version bigint;
    BEGIN
      IF TG_OP = 'DELETE' THEN changed := OLD; ELSE changed := NEW; END IF;
      CASE TG_TABLE_NAME
        WHEN 'event_hooks' THEN subject := 'hook:' || changed.id;
        WHEN 'source_events' THEN subject := 'catalogue:' || changed.workspace;
        WHEN 'tokens' THEN subject := 'token:' || changed.id;
        WHEN 'workspaces' THEN subject := 'workspace:' || changed.name;
      END CASE;
      -- The row's lock makes changes commit, and be announced, in the order of their versions.
      UPDATE configuration_version SET version = version + 1 RETURNING version INTO new_version;
      PERFORM pg_notify('eventhooks_changes', subject || '@' || new_version);
      RETURN NULL;
    END $$`.execute(db);
  // What a worker notes on a hook (failing_since) and what changes all the time (last_used_at) is no change of configuration.
  const watched = [
    [
      'event_hooks',
      'INSERT OR DELETE OR UPDATE OF source, event, handler, config, snooze, on_change, enabled, name, tags, explicit, retry, timeout, rate_limit, max_in_flight',
    ],
    ['source_events', 'INSERT OR DELETE OR UPDATE'],
    ['workspaces', 'INSERT OR DELETE OR UPDATE'],
    ['tokens', 'INSERT OR DELETE OR UPDATE OF hash, role, workspace, expires_at'],
  ] as const;
  for (const [table, changes] of watched) {
    await sql`
      CREATE TRIGGER announce_change AFTER ${sql.raw(changes)} ON ${sql.table(table)}
      FOR EACH ROW EXECUTE FUNCTION announce_change()`.execute(db);
  }
  await sql`CREATE SEQUENCE hook_revisions`.execute(db);
  await sql`
    CREATE FUNCTION next_hook_revision() RETURNS trigger LANGUAGE plpgsql AS $$
    BEGIN
      NEW.revision := nextval('hook_revisions');
      RETURN NEW;
    END $$`.execute(db);
  await sql`
    CREATE TRIGGER next_hook_revision
    BEFORE INSERT OR UPDATE OF source, event, handler, config, snooze, on_change ON event_hooks
    FOR EACH ROW EXECUTE FUNCTION next_hook_revision()`.execute(db);
}
