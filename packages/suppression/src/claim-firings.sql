-- Decides requests in order, in one atomic step. p_now null: the server's clock. suppression.ts says what is promised.
--
-- Two statements. The first locks the hooks, in one order for all callers. The second takes its snapshot under these locks
-- and so sees what earlier holders decided. It works on sets, since all requests of a call share one `now`: an on_change
-- hook fires where the digest differs from the one before; the first request starts a snooze that is not running yet,
-- which suppresses the rest.
CREATE OR REPLACE FUNCTION claim_firings(
  p_batch_id text, p_hook_keys text[], p_event_ids text[], p_digests text[],
  p_snooze_ms bigint[], p_on_change boolean[], p_now timestamptz
) RETURNS text[] LANGUAGE plpgsql AS $$
#variable_conflict use_column
DECLARE
  v_now timestamptz;
  v_decisions text[];
BEGIN
  -- If a crash loses this commit, it also loses everything that was recorded after it.
  PERFORM set_config('synchronous_commit', 'off', true);

  INSERT INTO firing_hooks (hook_key, expires_at)
  SELECT DISTINCT hook_key, coalesce(p_now, now()) + interval '31 days'
  FROM unnest(p_hook_keys) AS hook_key ORDER BY hook_key
  -- Updates nothing, but locks.
  ON CONFLICT (hook_key) DO UPDATE SET suppressed = 0 WHERE false;

  v_now := date_trunc('milliseconds', coalesce(p_now, clock_timestamp()));

  WITH input AS (
    SELECT * FROM unnest(p_hook_keys, p_event_ids, p_digests, p_snooze_ms, p_on_change)
      WITH ORDINALITY AS request (hook_key, event_id, digest, snooze_ms, on_change, position)
  ), decided AS (
    SELECT pair.* FROM firing_claims AS claim,
      unnest(claim.hook_keys, claim.event_ids, claim.decisions) AS pair (hook_key, event_id, decision)
    WHERE claim.batch_id = p_batch_id
  ), open AS (
    SELECT input.*,
      hook.last_digest,
      hook.suppressed AS suppressed_before,
      CASE WHEN on_change THEN seen.snoozed_until ELSE hook.snoozed_until END AS running_until,
      v_now + snooze_ms * interval '1 millisecond' AS latest_until
    FROM input
    JOIN firing_hooks AS hook USING (hook_key)
    LEFT JOIN firing_digests AS seen USING (hook_key, digest)
    LEFT JOIN decided USING (hook_key, event_id)
    WHERE decided.decision IS NULL
  ), weighed AS (
    SELECT open.*,
      CASE
        WHEN snooze_ms IS NULL THEN digest IS DISTINCT FROM lag(digest, 1, last_digest) OVER of_hook
        WHEN running_until > v_now THEN false
        WHEN on_change THEN row_number() OVER of_digest = 1
        ELSE row_number() OVER of_hook = 1
      END AS fires,
      -- At most the length of the snooze, in case the clock went back.
      CASE WHEN running_until > v_now THEN least(running_until, latest_until) ELSE latest_until END AS until
    FROM open
    WINDOW of_hook AS (PARTITION BY hook_key ORDER BY position),
      of_digest AS (PARTITION BY hook_key, digest ORDER BY position)
  ), counted AS (
    SELECT weighed.*,
      count(*) FILTER (WHERE NOT fires) OVER (PARTITION BY hook_key ORDER BY position) AS suppressed
    FROM weighed
  ), decisions AS (
    SELECT counted.*,
      CASE
        WHEN fires THEN 'f' || suppressed - coalesce(
          max(suppressed) FILTER (WHERE fires) OVER (
            PARTITION BY hook_key ORDER BY position ROWS BETWEEN UNBOUNDED PRECEDING AND 1 PRECEDING),
          - suppressed_before)
        WHEN snooze_ms IS NULL THEN 'c'
        ELSE 's' || (extract(epoch FROM until) * 1000)::bigint
      END AS decision
    FROM counted
  ), remembered AS (
    INSERT INTO firing_claims (batch_id, hook_keys, event_ids, decisions, expires_at)
    SELECT p_batch_id, array_agg(hook_key), array_agg(event_id), array_agg(decision), v_now + interval '30 days'
    FROM decisions HAVING count(*) > 0
  ), snoozed_digests AS (
    INSERT INTO firing_digests (hook_key, digest, snoozed_until)
    SELECT DISTINCT hook_key, digest, until FROM decisions
    WHERE snooze_ms IS NOT NULL AND on_change AND running_until IS DISTINCT FROM until
    ON CONFLICT (hook_key, digest) DO UPDATE SET snoozed_until = excluded.snoozed_until
  ), changed_hooks AS (
    UPDATE firing_hooks AS hook SET
      last_digest = change.last_digest,
      snoozed_until = change.snoozed_until,
      suppressed = change.suppressed,
      -- Moved once a day only: it is indexed.
      expires_at = CASE WHEN hook.expires_at < change.keep_until
        THEN change.keep_until + interval '1 day' ELSE hook.expires_at END
    FROM (
      SELECT hook_key,
        (array_agg(digest ORDER BY position DESC))[1] AS last_digest,
        max(until) AS snoozed_until,
        CASE WHEN bool_or(fires) THEN max(suppressed) - max(suppressed) FILTER (WHERE fires)
          ELSE max(suppressed) + max(suppressed_before) END AS suppressed,
        v_now + interval '30 days' + coalesce(max(snooze_ms), 0) * interval '1 millisecond' AS keep_until
      FROM decisions GROUP BY hook_key
    ) AS change
    WHERE hook.hook_key = change.hook_key
  )
  SELECT array_agg(coalesce(decided.decision, decisions.decision) ORDER BY input.position) INTO v_decisions
  FROM input
  LEFT JOIN decided USING (hook_key, event_id)
  LEFT JOIN decisions USING (position);

  RETURN v_decisions;
END $$;
