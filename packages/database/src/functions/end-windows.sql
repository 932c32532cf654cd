-- Ends up to p_limit windows whose time has come. Returns how many it ended. p_now null: the server's clock. A hook that is being
-- changed is passed over: the change ends its windows, or the next call does.
CREATE OR REPLACE FUNCTION end_windows(p_limit integer, p_now timestamptz) RETURNS integer LANGUAGE plpgsql AS $$
DECLARE
  v_now timestamptz := coalesce(p_now, clock_timestamp());
  v_hook_ids uuid[];
  v_digests text[];
BEGIN
  -- If a crash loses this commit, the windows end once more.
  PERFORM set_config('synchronous_commit', 'off', true);
  v_hook_ids := ARRAY(
    SELECT DISTINCT hook_id FROM (
      SELECT hook_id FROM firing_windows WHERE ends_at <= v_now ORDER BY ends_at LIMIT p_limit) AS ended);
  IF v_hook_ids = '{}' THEN RETURN 0; END IF;
  v_hook_ids := ARRAY(
    SELECT id FROM event_hooks WHERE id = ANY(v_hook_ids) ORDER BY id FOR NO KEY UPDATE SKIP LOCKED);
  PERFORM postpone_windows(v_hook_ids, v_now);
  -- Read again under the locks: a window may have been closed, and the next one opened, meanwhile.
  SELECT array_agg(hook_id), array_agg(digest) INTO v_hook_ids, v_digests FROM (
    SELECT hook_id, digest FROM firing_windows WHERE ends_at <= v_now AND hook_id = ANY(v_hook_ids)
    ORDER BY ends_at LIMIT p_limit) AS ended;
  IF v_hook_ids IS NULL THEN RETURN 0; END IF;
  PERFORM close_windows(v_hook_ids, v_digests, false, v_now);
  RETURN cardinality(v_hook_ids);
END $$;
