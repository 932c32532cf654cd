-- Closes windows: their pending deliveries fire, or are cancelled where the hook is disabled or gone. A firing of a hook with
-- both edges opens the next window, unless its windows begin afresh. The caller holds the hooks' rows locked, so that nobody else
-- opens, moves or closes windows of these hooks.
CREATE OR REPLACE FUNCTION close_windows(p_hook_ids uuid[], p_digests text[], p_afresh boolean, p_now timestamptz)
RETURNS void LANGUAGE sql AS $$
  WITH closing AS MATERIALIZED (
    SELECT closed.*, hook.id IS NULL AS is_gone, coalesce(hook.enabled, false) AS is_enabled,
      coalesce(hook.paused, false) OR coalesce(hook.draining, false) AS is_held,
      hook.snooze_edge = 'both' AND hook.enabled AND NOT p_afresh AS opens_next, hook.snooze
    FROM unnest(p_hook_ids, p_digests) AS given (hook_id, digest)
    JOIN firing_windows AS closed USING (hook_id, digest)
    LEFT JOIN event_hooks AS hook ON hook.id = closed.hook_id
  ), fired AS (
    UPDATE deliveries SET
      status = CASE WHEN is_enabled THEN 'waiting' ELSE 'cancelled' END,
      reason = CASE WHEN is_gone THEN 'hook_deleted' WHEN NOT is_enabled THEN 'hook_disabled' WHEN is_held THEN 'paused'
        ELSE 'snooze' END,
      next_attempt_at = CASE WHEN NOT is_enabled THEN NULL
        -- Deliveries that wait because of a pause go out in the order of their events.
        WHEN is_held THEN least(now(), to_timestamp(('x' || translate(left(event_id::text, 13), '-', ''))::bit(48)::bigint / 1000.0))
        ELSE now() END,
      updated_at = now()
    FROM closing
    -- A delivery that was retried or cancelled by hand waits for no window any more.
    WHERE deliveries.id = closing.pending_id AND next_attempt_at = 'infinity'
    RETURNING closing.hook_id, closing.digest, closing.opens_next
  ), opened AS (
    UPDATE firing_windows SET ends_at = p_now + closing.snooze * interval '1 s', pending_id = NULL, fired_id = closing.pending_id
    FROM closing JOIN fired USING (hook_id, digest)
    WHERE fired.opens_next AND (firing_windows.hook_id, firing_windows.digest) = (closing.hook_id, closing.digest)
  )
  DELETE FROM firing_windows USING closing LEFT JOIN fired USING (hook_id, digest)
  WHERE fired.opens_next IS NOT TRUE AND (firing_windows.hook_id, firing_windows.digest) = (closing.hook_id, closing.digest)
$$;
