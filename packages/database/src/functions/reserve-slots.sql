-- Reserves consecutive slots of each hook: p_wanted of them, or as many as there are within p_horizon_ms. Slots that were
-- unused for up to 100 ms may be caught up on. With p_behind_line, a caller gets none while others stand in line, and is told when
-- its turn will be.
CREATE OR REPLACE FUNCTION reserve_slots(
  p_hook_ids uuid[], p_wanted integer[], p_rates integer[], p_horizon_ms float8, p_behind_line boolean
) RETURNS TABLE (hook_id uuid, granted integer, first_in_ms float8, line_in_ms float8) LANGUAGE plpgsql AS $$
#variable_conflict use_column
DECLARE
  v record;
  v_now float8;
  v_interval float8;
  v_first float8;
  v_granted integer;
  v_line float8;
BEGIN
  -- A crash that loses this commit costs at most one extra burst.
  PERFORM set_config('synchronous_commit', 'off', true);
  -- In one order for all callers, so that they wait for each other and never in a circle.
  FOR v IN
    SELECT * FROM unnest(p_hook_ids, p_wanted, p_rates) AS given (hook_id, wanted, rate) ORDER BY hook_id
  LOOP
    INSERT INTO hook_rates (hook_id) SELECT id FROM event_hooks WHERE id = v.hook_id ON CONFLICT DO NOTHING;
    SELECT next_slot, line_until INTO v_first, v_line FROM hook_rates WHERE hook_rates.hook_id = v.hook_id FOR UPDATE;
    CONTINUE WHEN NOT FOUND;
    v_now := extract(epoch FROM clock_timestamp()) * 1000;
    v_interval := 1000.0 / v.rate;
    v_first := greatest(v_first, v_now - 100);
    v_granted := CASE
      WHEN p_behind_line AND v_line > v_now THEN 0
      ELSE greatest(0, least(v.wanted, floor((v_now + p_horizon_ms - v_first) / v_interval)::integer + 1)) END;
    v_line := greatest(v_line, v_first + v_granted * v_interval);
    UPDATE hook_rates SET
      next_slot = CASE WHEN v_granted > 0 THEN v_first + v_granted * v_interval ELSE next_slot END,
      -- Bounded, so that a line that dissolved in another way is soon forgotten.
      line_until = CASE WHEN p_behind_line AND v.wanted > v_granted
        THEN least(v_line + (v.wanted - v_granted) * v_interval, v_now + 60000) ELSE line_until END
    WHERE hook_rates.hook_id = v.hook_id;
    hook_id := v.hook_id;
    granted := v_granted;
    first_in_ms := v_first - v_now;
    line_in_ms := v_line - v_now;
    RETURN NEXT;
  END LOOP;
END $$;
