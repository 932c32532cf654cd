-- Claims committed batches for p_lease_ms, those of p_ids that no other worker holds, and returns their events. A batch whose
-- events are gone has one row without an event.
--
-- The settings leave the planner only look-ups by index, also while it knows nothing about a new table, or what it knows is old.
CREATE OR REPLACE FUNCTION claim_dispatch_batches(p_ids uuid[], p_lease_ms float8) RETURNS TABLE (
  batch_id uuid, place integer, id uuid, workspace text, source text, event text, data text, traceparent text,
  runs integer, "position" bigint, version bigint
) LANGUAGE plpgsql
SET enable_seqscan = off SET enable_hashjoin = off SET enable_mergejoin = off SET plan_cache_mode = force_generic_plan
AS $$
#variable_conflict use_column
BEGIN
  -- If a crash loses this commit, the batches are claimed again.
  PERFORM set_config('synchronous_commit', 'off', true);
  RETURN QUERY
  WITH claimed AS (
    UPDATE dispatch_batches SET runs = runs + 1, claimed_until = now() + p_lease_ms * interval '1 ms'
    -- Claimers lock in the same order. An array, not IN: a join would be planned.
    WHERE id = ANY(ARRAY(
      SELECT id FROM dispatch_batches WHERE id = ANY(p_ids) AND (claimed_until IS NULL OR claimed_until <= now())
      ORDER BY id FOR UPDATE))
    RETURNING id, event_ids, runs, position
  )
  SELECT claimed.id, listed.place::integer, events.id, events.workspace, events.source, events.event, events.data::text,
    events.traceparent, claimed.runs::integer, claimed.position, (SELECT version FROM configuration_version)
  FROM claimed CROSS JOIN LATERAL unnest(claimed.event_ids) WITH ORDINALITY AS listed (id, place)
  LEFT JOIN events ON events.id = listed.id
  ORDER BY claimed.id, listed.place;
END $$;
