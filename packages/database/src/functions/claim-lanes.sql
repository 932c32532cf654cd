-- Claims deliveries of a hook whose deliveries are in order. The deliveries of one key that have not ended, and one that holds it,
-- are the key's lane; the first by position is its head. A claim takes the head, if it is due, and those that follow it, p_stretch
-- at most, and never a delivery of a lane of which another one is in flight. It is the only place that lets a delivery be attempted.
-- Due times are only hints, which it corrects: it makes heads due that wait in vain, and lets the others wait.
--
-- p_keys and p_free_keys are lanes to look at beside those with something due; no attempt of the latter runs any more.
-- A row without id says that a batch that is not dispatched yet holds something up. A row with is_torn was claimed while one before it
-- changed: it must be put back.
CREATE OR REPLACE FUNCTION claim_lanes(
  p_hook_id uuid, p_keys text[], p_free_keys text[], p_most_keys integer, p_most integer, p_stretch integer, p_lease_ms float8
) RETURNS TABLE (
  id uuid, event_id uuid, hook_id uuid, workspace text, source text, event text, attempt_count smallint, schedule_step smallint,
  suppressed_count integer, order_key text, order_position bigint, data text, traceparent text, version bigint, is_torn boolean
) LANGUAGE plpgsql
SET plan_cache_mode = force_generic_plan SET enable_seqscan = off SET enable_bitmapscan = off SET enable_hashjoin = off SET enable_mergejoin = off
AS $$
#variable_conflict use_column
DECLARE
  v_now timestamptz;
BEGIN
  -- If a crash loses this commit, the deliveries are claimed again.
  PERFORM set_config('synchronous_commit', 'off', true);
  -- One claim after the other. The statement below gets its snapshot under this lock, so it sees what earlier claims took.
  PERFORM pg_advisory_xact_lock(hashtextextended('claim_lanes ' || p_hook_id, 0));
  v_now := clock_timestamp();
  RETURN QUERY
  -- The oldest batch whose ordered deliveries may be missing. It must be of the snapshot in which the lanes are read: a batch that was
  -- answered before a delivery's event came is either still there, or its deliveries are.
  WITH horizon AS MATERIALIZED (
    SELECT coalesce(min(position), 140737488355327) << 16 AS position FROM dispatch_batches WHERE holds_order
  ), hook AS MATERIALIZED (
    SELECT lpad(to_hex(order_settled + 1), 8, '0') AS barrier, (batch->>'size')::int AS batch_size FROM event_hooks WHERE id = p_hook_id
  ), due AS MATERIALIZED (
    SELECT id, order_key, reason, next_attempt_at, row_number() OVER (ORDER BY next_attempt_at, event_id) AS number FROM (
      SELECT id, event_id, order_key, reason, next_attempt_at FROM deliveries
      WHERE hook_id = p_hook_id AND next_attempt_at <= v_now ORDER BY next_attempt_at, event_id LIMIT p_most) AS first
  ), keys AS MATERIALIZED (
    SELECT key, bool_or(is_free) AS is_free, min(number) AS number FROM (
      SELECT key, false AS is_free, NULL::bigint AS number FROM unnest(p_keys) AS key
      UNION ALL SELECT key, true, NULL FROM unnest(p_free_keys) AS key
      UNION ALL SELECT order_key, false, number FROM due WHERE order_key IS NOT NULL) AS named
    GROUP BY key
  ), state AS MATERIALIZED (
    SELECT keys.*,
      EXISTS (SELECT FROM deliveries WHERE hook_id = p_hook_id AND order_key = keys.key
        AND order_key IS NOT NULL AND reason = 'in_flight' AND next_attempt_at > v_now) AS is_busy,
      -- The more lanes, the fewer of each.
      greatest(1, least(p_stretch, p_most / (count(*) OVER ())))::int AS stretch
    FROM keys
  ), lanes AS MATERIALIZED (
    SELECT state.*, member.*,
      first_value(member.attempt_count) OVER lane AS head_attempts,
      row_number() OVER lane AS place
    FROM state CROSS JOIN LATERAL (
      SELECT id, reason, next_attempt_at, attempt_count, order_position,
        -- One that holds its key, or waits for the end of its window, is not to be attempted.
        status = 'waiting' AND NOT (next_attempt_at = 'infinity' AND suppressed_until IS NOT NULL) AS may_go
      FROM deliveries WHERE hook_id = p_hook_id AND order_key = state.key
        AND order_key IS NOT NULL AND (next_attempt_at IS NOT NULL OR reason = 'holds_key')
      ORDER BY order_position LIMIT state.stretch) AS member
    WINDOW lane AS (PARTITION BY state.key ORDER BY member.order_position)
  ), ready AS MATERIALIZED (
    SELECT lanes.*,
      -- Only as long as each one before it is ready, too. A delivery that is tried again goes alone.
      (place = 1 OR head_attempts = 0) AND bool_and(
        NOT is_busy AND may_go AND key < hook.barrier AND order_position < horizon.position
        AND (next_attempt_at <= v_now OR next_attempt_at = 'infinity' OR (is_free AND reason = 'order'))
      ) OVER (PARTITION BY key ORDER BY place) AS is_ready,
      place = 1 AND NOT is_busy AND may_go AND key < hook.barrier AS is_open,
      order_position >= horizon.position AS is_held_up
    FROM lanes, horizon, hook
  ), picked AS MATERIALIZED (
    SELECT id, key, reason, next_attempt_at FROM (
      SELECT ranked.*, row_number() OVER (ORDER BY lane, place) AS place_overall,
        count(*) FILTER (WHERE lane = 0) OVER () AS unkeyed FROM (
        SELECT id, NULL AS key, 1 AS place, 0 AS lane, reason, next_attempt_at FROM due WHERE order_key IS NULL
        UNION ALL
        SELECT id, key, place, dense_rank() OVER (ORDER BY number NULLS LAST, key), reason, next_attempt_at
        FROM ready WHERE is_ready) AS ranked) AS numbered
    -- A delivery without a key takes as much as a lane.
    WHERE place_overall <= p_most AND CASE lane WHEN 0 THEN place_overall ELSE lane + unkeyed END <= p_most_keys
  ), changes AS MATERIALIZED (
    SELECT id, reason, next_attempt_at, 'in_flight' AS new_reason, v_now + p_lease_ms * interval '1 ms' AS new_time FROM picked
    UNION ALL
    -- Heads that nobody waits for.
    SELECT id, reason, next_attempt_at, CASE reason WHEN 'paused' THEN reason ELSE 'order' END, v_now FROM ready
    WHERE is_open AND id NOT IN (SELECT id FROM picked)
      AND (next_attempt_at = 'infinity' OR (is_free AND reason = 'order' AND next_attempt_at > v_now)
        -- Its batch is full, or its hook has no batches any more.
        OR (reason = 'batch' AND next_attempt_at > v_now AND coalesce((SELECT batch_size FROM hook), 0) <= (
          SELECT count(*) FROM (
            SELECT FROM deliveries WHERE hook_id = p_hook_id AND order_key = ready.key AND order_key IS NOT NULL AND next_attempt_at IS NOT NULL
            ORDER BY order_position LIMIT (SELECT coalesce(batch_size, 0) FROM hook)) AS first)))
    UNION ALL
    -- Due deliveries that are no heads wait.
    SELECT id, reason, next_attempt_at, CASE reason WHEN 'paused' THEN reason ELSE 'order' END, 'infinity' FROM due
    WHERE order_key IS NOT NULL AND id NOT IN (SELECT id FROM picked) AND id NOT IN (SELECT id FROM ready WHERE is_open)
    -- In the order in which records lock them, too.
    ORDER BY id
  ), changed AS (
    UPDATE deliveries SET reason = changes.new_reason, next_attempt_at = changes.new_time,
      -- It waits for the end of no window any more.
      suppressed_until = NULL
    FROM changes
    -- It may have changed since the snapshot.
    WHERE deliveries.id = changes.id AND deliveries.status = 'waiting'
      AND deliveries.reason IS NOT DISTINCT FROM changes.reason AND deliveries.next_attempt_at = changes.next_attempt_at
    RETURNING deliveries.*, changes.new_reason = 'in_flight' AS is_claimed
  ), torn AS MATERIALIZED (
    SELECT key FROM picked WHERE key IS NOT NULL AND id NOT IN (SELECT id FROM changed)
  )
  SELECT changed.id, changed.event_id, changed.hook_id, changed.workspace, changed.source, changed.event, changed.attempt_count,
    changed.schedule_step, changed.suppressed_count, changed.order_key, changed.order_position, events.data, events.traceparent,
    (SELECT version FROM configuration_version),
    changed.order_key IS NOT NULL AND changed.order_key IN (SELECT key FROM torn)
  FROM changed JOIN events ON events.id = changed.event_id WHERE changed.is_claimed
  UNION ALL
  SELECT NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, false
  WHERE EXISTS (SELECT FROM ready WHERE is_open AND is_held_up)
  ORDER BY 11;
END $$;
