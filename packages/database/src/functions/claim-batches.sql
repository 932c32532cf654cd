-- Claims due deliveries of a hook in batches of up to p_size deliveries and p_bytes of JSON, one for each of p_batch_ids at most.
-- Deliveries that were attempted together come together again, under the batch's id of then. New batches are made in the order
-- of the deliveries' events, also of deliveries whose time to wait is not over; the last of them only goes while one of its
-- deliveries is due. One that somebody retries goes alone.
--
-- Deliveries with a key are left to claim_lanes. Claimers of one hook take turns, so that no batch is claimed in two parts.
CREATE OR REPLACE FUNCTION claim_batches(
  p_hook_id uuid, p_batch_ids uuid[], p_size integer, p_bytes bigint, p_lease_ms float8
) RETURNS TABLE (
  batch_id uuid, id uuid, event_id uuid, hook_id uuid, workspace text, source text, event text, attempt_count smallint,
  schedule_step smallint, suppressed_count integer, data text, traceparent text, version bigint
) LANGUAGE plpgsql AS $$
#variable_conflict use_column
DECLARE
  -- Bounds the data that one claim reads.
  c_total_bytes constant bigint := 16 * 1024 * 1024;
  c_most_again constant integer := 16;
  v_most integer := cardinality(p_batch_ids);
  v_ids uuid[];
  v_batches uuid[];
  v_used integer;
  v_row record;
  v_count integer := 0;
  v_bytes bigint := 0;
  v_total bigint := 0;
  v_is_due boolean := false;
  v_closed integer;
BEGIN
  -- If a crash loses this commit, the deliveries are claimed again.
  PERFORM set_config('synchronous_commit', 'off', true);
  PERFORM pg_advisory_xact_lock(hashtextextended('eventhooks batches ' || p_hook_id, 0));

  WITH again AS (
    -- The oldest due deliveries are all claimed by one of these steps, so that a page of them is enough to look at.
    SELECT DISTINCT due.batch_id FROM (
      SELECT batch_id, order_key FROM deliveries
      WHERE hook_id = p_hook_id AND next_attempt_at <= now() ORDER BY next_attempt_at LIMIT p_size * v_most) AS due
    WHERE due.batch_id IS NOT NULL AND due.order_key IS NULL
    LIMIT least(v_most, c_most_again)
  ), locked AS MATERIALIZED (
    SELECT id, batch_id FROM deliveries
    WHERE hook_id = p_hook_id AND next_attempt_at <= now() AND batch_id IN (SELECT batch_id FROM again) AND order_key IS NULL
    FOR UPDATE SKIP LOCKED
  )
  SELECT coalesce(array_agg(id), '{}'), coalesce(array_agg(batch_id), '{}'), count(DISTINCT batch_id)
  INTO v_ids, v_batches, v_used FROM locked;

  FOR v_row IN
    SELECT id FROM deliveries
    WHERE hook_id = p_hook_id AND next_attempt_at <= now() AND batch_id IS NULL AND order_key IS NULL AND reason = 'manual_retry'
    ORDER BY next_attempt_at LIMIT v_most - v_used FOR UPDATE SKIP LOCKED
  LOOP
    v_used := v_used + 1;
    v_ids := v_ids || v_row.id;
    v_batches := v_batches || p_batch_ids[v_used];
  END LOOP;

  v_closed := cardinality(v_ids);
  FOR v_row IN
    WITH looked_at AS MATERIALIZED (
      (SELECT id FROM deliveries
       WHERE hook_id = p_hook_id AND next_attempt_at <= now() ORDER BY next_attempt_at LIMIT p_size * v_most)
      UNION ALL
      (SELECT id FROM deliveries
       WHERE hook_id = p_hook_id AND reason = 'batch' AND next_attempt_at > now() AND next_attempt_at < 'infinity'
       ORDER BY next_attempt_at LIMIT p_size * (v_most - v_used))
    ), collected AS MATERIALIZED (
      SELECT id, event_id, source, event, next_attempt_at <= now() AS is_due FROM deliveries
      WHERE id IN (SELECT id FROM looked_at) AND batch_id IS NULL AND order_key IS NULL AND reason <> 'manual_retry'
        AND (next_attempt_at <= now() OR (reason = 'batch' AND next_attempt_at < 'infinity'))
      ORDER BY next_attempt_at, event_id LIMIT p_size * (v_most - v_used) FOR UPDATE SKIP LOCKED
    )
    SELECT collected.id, is_due,
      -- At least the bytes of its item: names may need escapes.
      octet_length(events.data) + 2 * (octet_length(collected.source) + octet_length(collected.event)) + 160 AS bytes
    FROM collected JOIN events ON events.id = collected.event_id ORDER BY collected.event_id
  LOOP
    EXIT WHEN v_total + v_row.bytes > c_total_bytes AND v_total > 0;
    IF v_count = 0 OR v_count = p_size OR v_bytes + v_row.bytes > p_bytes THEN
      v_closed := cardinality(v_ids);
      EXIT WHEN v_used = v_most;
      v_used := v_used + 1;
      v_count := 0;
      v_bytes := 2;
      v_is_due := false;
    END IF;
    v_ids := v_ids || v_row.id;
    v_batches := v_batches || p_batch_ids[v_used];
    v_count := v_count + 1;
    v_bytes := v_bytes + v_row.bytes;
    v_total := v_total + v_row.bytes;
    v_is_due := v_is_due OR v_row.is_due;
  END LOOP;
  IF v_count < p_size AND NOT v_is_due THEN
    v_ids := v_ids[:v_closed];
    v_batches := v_batches[:v_closed];
  END IF;

  RETURN QUERY
  WITH claimed AS (
    UPDATE deliveries SET reason = 'in_flight', batch_id = given.batch_id,
      next_attempt_at = now() + p_lease_ms * interval '1 ms'
    FROM unnest(v_ids, v_batches) AS given (id, batch_id) WHERE deliveries.id = given.id
    RETURNING deliveries.*
  )
  SELECT claimed.batch_id, claimed.id, claimed.event_id, claimed.hook_id, claimed.workspace, claimed.source, claimed.event,
    claimed.attempt_count, claimed.schedule_step, claimed.suppressed_count, events.data, events.traceparent,
    (SELECT version FROM configuration_version)
  FROM claimed JOIN events ON events.id = claimed.event_id ORDER BY claimed.batch_id, claimed.event_id;
END $$;
