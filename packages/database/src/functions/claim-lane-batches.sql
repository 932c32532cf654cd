-- Claims batches of a hook whose deliveries are in order: of each lane at most one, which takes the lane's head and those that follow
-- it, p_size deliveries and p_bytes of JSON at most. Conditions and hints are those of claim_lanes, and both claim under one lock.
--
-- Deliveries that were attempted together come together again, under the batch's id of then. Where one in between goes alone now, the
-- others get new ids: a receiver drops a batch whose id it knows, so it must know all of its events. A delivery that was attempted
-- without a batch, or that somebody retries, goes alone. A new batch goes when it is full, or p_wait_s seconds after its first event;
-- until then its head waits as `batch`.
CREATE OR REPLACE FUNCTION claim_lane_batches(
  p_hook_id uuid, p_keys text[], p_free_keys text[], p_batch_ids uuid[], p_size integer, p_bytes bigint, p_wait_s integer, p_lease_ms float8
) RETURNS TABLE (
  batch_id uuid, id uuid, event_id uuid, hook_id uuid, workspace text, source text, event text, attempt_count smallint,
  schedule_step smallint, suppressed_count integer, order_key text, order_position bigint, data text, traceparent text, version bigint,
  is_torn boolean
) LANGUAGE plpgsql
SET plan_cache_mode = force_generic_plan SET enable_seqscan = off SET enable_bitmapscan = off SET enable_hashjoin = off SET enable_mergejoin = off
AS $$
#variable_conflict use_column
DECLARE
  -- Bounds the data that one claim reads.
  c_total_bytes constant bigint := 16 * 1024 * 1024;
  c_most_due constant integer := 1000;
  -- The largest batch that any hook may have.
  c_most_again constant integer := 1000;
  v_most integer := cardinality(p_batch_ids);
  v_now timestamptz;
BEGIN
  -- If a crash loses this commit, the deliveries are claimed again.
  PERFORM set_config('synchronous_commit', 'off', true);
  PERFORM pg_advisory_xact_lock(hashtextextended('claim_lanes ' || p_hook_id, 0));
  v_now := clock_timestamp();
  RETURN QUERY
  WITH horizon AS MATERIALIZED (
    SELECT coalesce(min(position), 140737488355327) << 16 AS position FROM dispatch_batches WHERE holds_order
  ), hook AS MATERIALIZED (
    SELECT lpad(to_hex(order_settled + 1), 8, '0') AS barrier FROM event_hooks WHERE id = p_hook_id
  ), due AS MATERIALIZED (
    SELECT id, order_key, reason, next_attempt_at, row_number() OVER (ORDER BY next_attempt_at, event_id) AS number FROM (
      SELECT id, event_id, order_key, reason, next_attempt_at FROM deliveries
      WHERE hook_id = p_hook_id AND next_attempt_at <= v_now ORDER BY next_attempt_at, event_id LIMIT c_most_due) AS first
  ), keys AS MATERIALIZED (
    SELECT key, bool_or(is_free) AS is_free, min(number) AS number FROM (
      SELECT key, false AS is_free, NULL::bigint AS number FROM unnest(p_keys) AS key
      UNION ALL SELECT key, true, NULL FROM unnest(p_free_keys) AS key
      UNION ALL SELECT order_key, false, number FROM due WHERE order_key IS NOT NULL) AS named
    GROUP BY key
  ), heads AS MATERIALIZED (
    SELECT keys.*, head.*,
      (head.batch_id IS NOT NULL OR head.attempt_count > 0 OR head.reason = 'manual_retry') AS is_again,
      to_timestamp(('x' || left(replace(head.event_id::text, '-', ''), 12))::bit(48)::bigint / 1000.0) + p_wait_s * interval '1 s' AS goes_at
    FROM keys CROSS JOIN LATERAL (
      SELECT id, event_id, reason, next_attempt_at, attempt_count, batch_id, order_position,
        status = 'waiting' AND NOT (next_attempt_at = 'infinity' AND suppressed_until IS NOT NULL) AS may_go
      FROM deliveries WHERE hook_id = p_hook_id AND order_key = keys.key
        AND order_key IS NOT NULL AND (next_attempt_at IS NOT NULL OR reason = 'holds_key')
      ORDER BY order_position LIMIT 1) AS head
  ), open AS MATERIALIZED (
    SELECT heads.*, order_position >= horizon.position AS is_held_up,
      order_position < horizon.position
        AND (next_attempt_at <= v_now OR next_attempt_at = 'infinity' OR reason = 'batch' OR (is_free AND reason = 'order')) AS is_ready,
      is_again OR goes_at <= v_now OR (
        SELECT count(*) = p_size FROM (
          SELECT FROM deliveries WHERE hook_id = p_hook_id AND order_key = heads.key AND order_key IS NOT NULL AND next_attempt_at IS NOT NULL
          ORDER BY order_position LIMIT p_size) AS first) AS is_time
    FROM heads, horizon, hook
    WHERE may_go AND key < hook.barrier AND NOT EXISTS (SELECT FROM deliveries WHERE hook_id = p_hook_id AND order_key = heads.key
      AND order_key IS NOT NULL AND reason = 'in_flight' AND next_attempt_at > v_now)
  ), looked_at AS MATERIALIZED (
    SELECT * FROM open WHERE is_ready ORDER BY NOT is_time, number NULLS LAST, key LIMIT v_most
  ), members AS MATERIALIZED (
    SELECT lane.key, member.*, lane.is_time, lane.goes_at,
      row_number() OVER of_lane AS place,
      -- At least the bytes of the items: names may need escapes.
      2 + sum(octet_length(events.data) + 2 * (octet_length(member.source) + octet_length(member.event)) + 160) OVER of_lane AS bytes,
      bool_and(member.is_ready) OVER of_lane AS fits
    FROM looked_at AS lane CROSS JOIN LATERAL (
      SELECT id, event_id, source, event, reason, next_attempt_at, order_position, batch_id,
        id = lane.id OR (
          status = 'waiting' AND NOT (next_attempt_at = 'infinity' AND suppressed_until IS NOT NULL)
          AND order_position < (SELECT position FROM horizon)
          AND (next_attempt_at <= v_now OR next_attempt_at = 'infinity' OR reason = 'batch' OR (lane.is_free AND reason = 'order'))
          AND CASE WHEN lane.is_again THEN coalesce(batch_id = lane.batch_id, false)
            ELSE batch_id IS NULL AND attempt_count = 0 AND reason <> 'manual_retry' END) AS is_ready
      FROM deliveries WHERE hook_id = p_hook_id AND order_key = lane.key
        AND order_key IS NOT NULL AND (next_attempt_at IS NOT NULL OR reason = 'holds_key')
      ORDER BY order_position LIMIT CASE WHEN lane.batch_id IS NOT NULL THEN 2 * c_most_again WHEN lane.is_again THEN 1 ELSE p_size END) AS member
    JOIN events ON events.id = member.event_id
    WINDOW of_lane AS (PARTITION BY lane.key ORDER BY member.order_position)
  ), batches AS MATERIALIZED (
    SELECT key, sum(bytes) OVER (ORDER BY number NULLS LAST, key) AS bytes_so_far, row_number() OVER (ORDER BY number NULLS LAST, key) AS number
    FROM (
      SELECT lane.key, lane.number, max(members.bytes) FILTER (WHERE fits AND (lane.is_again OR place = 1 OR members.bytes <= p_bytes)) AS bytes
      FROM looked_at AS lane JOIN members ON members.key = lane.key
      GROUP BY lane.key, lane.number, lane.is_time, lane.is_again
      HAVING lane.is_time OR bool_or(members.fits AND members.bytes > p_bytes)) AS ending
  ), left_over AS MATERIALIZED (
    SELECT members.id, members.key, members.reason, members.next_attempt_at
    FROM batches JOIN looked_at AS lane ON lane.key = batches.key JOIN members ON members.key = batches.key
    WHERE NOT members.fits AND members.batch_id = lane.batch_id AND (batches.number = 1 OR bytes_so_far <= c_total_bytes)
  ), picked AS MATERIALIZED (
    SELECT members.id, members.key, members.reason, members.next_attempt_at,
      CASE WHEN lane.batch_id IS NULL OR lane.key IN (SELECT key FROM left_over) THEN p_batch_ids[batches.number] ELSE lane.batch_id END
        AS batch_id
    FROM batches JOIN members ON members.key = batches.key JOIN looked_at AS lane ON lane.key = batches.key
    WHERE members.fits AND (lane.is_again OR place = 1 OR members.bytes <= p_bytes)
      AND (batches.number = 1 OR bytes_so_far <= c_total_bytes)
  ), changes AS MATERIALIZED (
    SELECT id, reason, next_attempt_at, 'in_flight' AS new_reason, v_now + p_lease_ms * interval '1 ms' AS new_time, batch_id FROM picked
    UNION ALL
    -- Heads of batches that are not full wait for more; others become due, for anybody.
    SELECT id, reason, next_attempt_at,
      CASE WHEN reason IN ('paused', 'manual_retry') THEN reason WHEN is_time THEN 'order' ELSE 'batch' END,
      CASE WHEN is_time THEN v_now ELSE goes_at END, batch_id
    FROM open
    WHERE id NOT IN (SELECT id FROM picked) AND (
      next_attempt_at = 'infinity' OR (is_free AND reason = 'order' AND next_attempt_at > v_now) OR (NOT is_time AND next_attempt_at <= v_now)
      OR (is_time AND reason = 'batch' AND next_attempt_at > v_now))
    UNION ALL
    -- Due deliveries that are no heads wait.
    SELECT due.id, due.reason, due.next_attempt_at, CASE WHEN due.reason IN ('paused', 'manual_retry') THEN due.reason ELSE 'order' END, 'infinity',
      CASE WHEN due.id NOT IN (SELECT id FROM left_over) THEN deliveries.batch_id END
    FROM due JOIN deliveries ON deliveries.id = due.id
    WHERE due.order_key IS NOT NULL AND due.id NOT IN (SELECT id FROM picked) AND due.id NOT IN (SELECT id FROM open)
    UNION ALL
    SELECT id, reason, next_attempt_at, reason, next_attempt_at, NULL FROM left_over WHERE id NOT IN (SELECT id FROM due)
    -- In the order in which records lock them, too.
    ORDER BY id
  ), changed AS (
    UPDATE deliveries SET reason = changes.new_reason, next_attempt_at = changes.new_time, batch_id = changes.batch_id,
      past_batches = CASE WHEN deliveries.batch_id IS NOT NULL AND deliveries.batch_id IS DISTINCT FROM changes.batch_id
        THEN array_append(past_batches, deliveries.batch_id) ELSE past_batches END,
      suppressed_until = NULL
    FROM changes
    -- It may have changed since the snapshot.
    WHERE deliveries.id = changes.id AND deliveries.status = 'waiting'
      AND deliveries.reason IS NOT DISTINCT FROM changes.reason AND deliveries.next_attempt_at = changes.next_attempt_at
    RETURNING deliveries.*, changes.new_reason = 'in_flight' AS is_claimed
  ), torn AS MATERIALIZED (
    SELECT key FROM picked WHERE id NOT IN (SELECT id FROM changed)
  )
  SELECT changed.batch_id, changed.id, changed.event_id, changed.hook_id, changed.workspace, changed.source, changed.event,
    changed.attempt_count, changed.schedule_step, changed.suppressed_count, changed.order_key, changed.order_position, events.data,
    events.traceparent, (SELECT version FROM configuration_version), changed.order_key IN (SELECT key FROM torn)
  FROM changed JOIN events ON events.id = changed.event_id WHERE changed.is_claimed
  UNION ALL
  SELECT NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, false
  WHERE EXISTS (SELECT FROM open WHERE is_held_up)
  ORDER BY 12;
END $$;
