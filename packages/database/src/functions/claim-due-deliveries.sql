-- Claims due deliveries without a key, up to p_most[i] of each p_hook_ids[i], the oldest first, for p_lease_ms[i].
--
-- The settings leave the planner only look-ups by index, also while it knows nothing about a new table, or what it knows is old.
CREATE OR REPLACE FUNCTION claim_due_deliveries(p_hook_ids uuid[], p_most integer[], p_lease_ms float8[]) RETURNS TABLE (
  id uuid, event_id uuid, hook_id uuid, workspace text, source text, event text, attempt_count smallint,
  schedule_step smallint, suppressed_count integer, order_key text, data text, traceparent text, version bigint
) LANGUAGE plpgsql
SET enable_seqscan = off SET enable_hashjoin = off SET enable_mergejoin = off SET plan_cache_mode = force_generic_plan
AS $$
#variable_conflict use_column
BEGIN
  -- If a crash loses this commit, the deliveries are claimed again.
  PERFORM set_config('synchronous_commit', 'off', true);
  RETURN QUERY
  WITH picked AS MATERIALIZED (
    SELECT due.id, wanted.lease_ms
    FROM unnest(p_hook_ids, p_most, p_lease_ms) AS wanted (hook_id, most, lease_ms) CROSS JOIN LATERAL (
      -- Ordered ones are claimed as lanes, also when this worker does not know yet that the hook has an order.
      SELECT id FROM deliveries WHERE hook_id = wanted.hook_id AND next_attempt_at <= now() AND order_key IS NULL
      ORDER BY next_attempt_at, event_id LIMIT wanted.most FOR UPDATE SKIP LOCKED) AS due
  ), claimed AS (
    UPDATE deliveries SET reason = 'in_flight', next_attempt_at = now() + picked.lease_ms * interval '1 ms'
    FROM picked WHERE deliveries.id = picked.id
    RETURNING deliveries.*
  )
  SELECT claimed.id, claimed.event_id, claimed.hook_id, claimed.workspace, claimed.source, claimed.event, claimed.attempt_count,
    claimed.schedule_step, claimed.suppressed_count, claimed.order_key, events.data::text, events.traceparent,
    (SELECT version FROM configuration_version)
  FROM claimed JOIN events ON events.id = claimed.event_id ORDER BY claimed.event_id;
END $$;
