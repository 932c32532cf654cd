-- Moves the ends of windows that were opened by a firing. A firing is attempted later than it is decided, and the next one is decided
-- no sooner than the hook's snooze after that attempt began. It is waited for 5 s longer than the window at most: a firing that is held
-- back, by a pause or a breaker, does not hold up those after it. The caller holds the hooks' rows locked.
CREATE OR REPLACE FUNCTION postpone_windows(p_hook_ids uuid[], p_now timestamptz) RETURNS void LANGUAGE sql AS $$
  UPDATE firing_windows SET ends_at = due.ends_at
  FROM (
    SELECT ended.hook_id, ended.digest,
      CASE fired.attempt_count
        WHEN 0 THEN CASE WHEN fired.status = 'waiting' AND fired.updated_at + hook.snooze * interval '1 s' + interval '5 s' > p_now
          THEN p_now + interval '250 ms' END
        -- The attempt was recorded when it had ended.
        WHEN 1 THEN least(fired.updated_at - coalesce(fired.duration_ms, 0) * interval '1 ms', p_now) + hook.snooze * interval '1 s'
      END AS ends_at
    FROM firing_windows AS ended
    JOIN event_hooks AS hook ON hook.id = ended.hook_id
    JOIN deliveries AS fired ON fired.id = ended.fired_id
    WHERE ended.hook_id = ANY(p_hook_ids) AND ended.ends_at <= p_now
  ) AS due
  WHERE due.ends_at > p_now AND (firing_windows.hook_id, firing_windows.digest) = (due.hook_id, due.digest)
$$;
