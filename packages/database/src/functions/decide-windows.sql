-- Decides deliveries of hooks whose snooze_edge is not leading, and records them, in one atomic step. windows.ts says what is
-- promised. p_now null: the server's clock.
--
-- The lock on the hooks' rows, taken in one order by all callers, guards their windows. The statements after it take their snapshots
-- under it, and so see what earlier holders decided. All requests share one `now`, so the deliveries of one window are
-- decided as a set: the last of them, by its event, stands for the others.
CREATE OR REPLACE FUNCTION decide_windows(
  p_ids uuid[], p_event_ids uuid[], p_hook_ids uuid[], p_revisions bigint[], p_workspaces text[], p_sources text[],
  p_events text[], p_digests text[], p_lease_ms float8[], p_order_keys text[], p_order_positions bigint[], p_now timestamptz
) RETURNS TABLE (id uuid, decision text, until timestamptz, replaced_id uuid) LANGUAGE plpgsql AS $$
#variable_conflict use_column
DECLARE
  v_now timestamptz;
  v_hook_ids uuid[];
  v_digests text[];
BEGIN
  -- If a crash loses this commit, it also loses everything that was recorded after it, and the batch is dispatched again.
  PERFORM set_config('synchronous_commit', 'off', true);
  PERFORM FROM event_hooks WHERE event_hooks.id = ANY(p_hook_ids) ORDER BY event_hooks.id FOR NO KEY UPDATE;
  v_now := date_trunc('milliseconds', coalesce(p_now, clock_timestamp()));

  IF EXISTS (
    SELECT FROM unnest(p_hook_ids, p_revisions) AS given (hook_id, revision)
    JOIN event_hooks AS hook ON hook.id = given.hook_id WHERE hook.revision <> given.revision
  ) THEN
    -- The batch is run again with the hook as it is now.
    RAISE EXCEPTION 'the hook was changed meanwhile' USING ERRCODE = 'serialization_failure';
  END IF;

  PERFORM postpone_windows(p_hook_ids, v_now);
  SELECT array_agg(hook_id), array_agg(digest) INTO v_hook_ids, v_digests FROM (
    SELECT DISTINCT hook_id, digest FROM unnest(p_hook_ids, p_digests) AS given (hook_id, digest)
    JOIN firing_windows AS ended USING (hook_id, digest) WHERE ended.ends_at <= v_now) AS ended;
  IF v_hook_ids IS NOT NULL THEN PERFORM close_windows(v_hook_ids, v_digests, false, v_now); END IF;

  RETURN QUERY
  WITH input AS (
    SELECT * FROM unnest(p_ids, p_event_ids, p_hook_ids, p_workspaces, p_sources, p_events, p_digests, p_lease_ms, p_order_keys,
        p_order_positions)
      AS request (id, event_id, hook_id, workspace, source, event, digest, lease_ms, order_key, order_position)
    -- An earlier run of the batch decided those that are recorded.
    WHERE NOT EXISTS (SELECT FROM deliveries AS known WHERE known.id = request.id)
  ), facts AS (
    SELECT input.*, hook.id IS NULL AS is_gone, coalesce(hook.enabled, false) AS is_enabled, coalesce(hook.paused, false) AS is_paused,
      -- At most the length of the window, in case the clock went back.
      least(open.ends_at, v_now + hook.snooze * interval '1 s') AS until,
      hook.snooze_edge = 'both' AND open.hook_id IS NULL AS leads,
      pending.id AS pending_id, pending.event_id AS pending_event_id, pending.suppressed_count AS pending_count,
      row_number() OVER of_window AS place, first_value(input.id) OVER of_window AS first_id, count(*) OVER (PARTITION BY input.hook_id, input.digest) AS size
    FROM input
    LEFT JOIN event_hooks AS hook ON hook.id = input.hook_id
    LEFT JOIN firing_windows AS open ON (open.hook_id, open.digest) = (input.hook_id, input.digest)
    LEFT JOIN deliveries AS pending ON pending.id = open.pending_id AND pending.next_attempt_at = 'infinity'
    WINDOW of_window AS (PARTITION BY input.hook_id, input.digest ORDER BY input.event_id)
  ), decided AS (
    SELECT facts.*,
      CASE
        WHEN NOT is_enabled THEN 'cancelled'
        WHEN leads AND place = 1 THEN 'fires'
        -- Batches that are decided side by side may come in any order.
        WHEN place = size AND (pending_event_id IS NULL OR pending_event_id < event_id) THEN 'pending'
        ELSE 'suppressed'
      END AS decision
    FROM facts
  ), inserted AS (
    INSERT INTO deliveries (id, event_id, hook_id, workspace, source, event, status, reason, suppressed_count,
      suppressed_until, order_key, order_position, next_attempt_at)
    SELECT id, event_id, hook_id, workspace, source, event,
      CASE WHEN decision IN ('fires', 'pending') THEN 'waiting' ELSE decision END,
      -- With an order it is claimed in its lane.
      CASE decision WHEN 'fires' THEN CASE WHEN order_key IS NULL THEN 'in_flight' ELSE 'order' END
        WHEN 'cancelled' THEN CASE WHEN is_gone THEN 'hook_deleted' ELSE 'hook_disabled' END
        WHEN 'pending' THEN CASE WHEN is_paused THEN 'paused' ELSE 'snooze' END
        ELSE 'snooze' END,
      CASE decision WHEN 'fires' THEN 0
        WHEN 'pending' THEN size - 1 - leads::int + coalesce(pending_count + 1, 0) END,
      CASE WHEN decision IN ('pending', 'suppressed') THEN until END,
      order_key, order_position,
      CASE WHEN decision = 'pending' OR decision = 'fires' AND order_key IS NOT NULL THEN 'infinity'::timestamptz
        WHEN decision = 'fires' THEN now() + lease_ms * interval '1 ms' END
    FROM decided
  ), stood_in AS (
    -- The delivery that was the last one until now: it is replaced, or it stands for more.
    UPDATE deliveries SET
      status = CASE WHEN decision = 'pending' THEN 'suppressed' ELSE deliveries.status END,
      reason = CASE WHEN decision = 'pending' THEN 'snooze' ELSE deliveries.reason END,
      next_attempt_at = CASE WHEN decision = 'pending' THEN NULL ELSE deliveries.next_attempt_at END,
      suppressed_count = CASE WHEN decision = 'pending' THEN NULL ELSE deliveries.suppressed_count + size END,
      suppressed_until = until,
      updated_at = now()
    FROM decided
    WHERE place = size AND is_enabled AND deliveries.id = pending_id AND deliveries.next_attempt_at = 'infinity'
  ), windows AS (
    INSERT INTO firing_windows (hook_id, digest, ends_at, pending_id, fired_id)
    SELECT hook_id, digest, until, CASE decision WHEN 'pending' THEN id WHEN 'suppressed' THEN pending_id END,
      CASE WHEN leads THEN first_id END
    FROM decided WHERE place = size AND is_enabled
    ON CONFLICT (hook_id, digest) DO UPDATE SET ends_at = excluded.ends_at, pending_id = excluded.pending_id
  )
  SELECT id, decision, until, CASE WHEN decision = 'pending' THEN pending_id END FROM decided;
END $$;
