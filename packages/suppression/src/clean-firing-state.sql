-- Removes up to p_limit expired rows of each table. Returns the largest number that it removed from one of them. Takes only
-- rows that are not locked, so it waits for no other session, and none waits for it.
CREATE OR REPLACE FUNCTION clean_firing_state(p_limit integer, p_now timestamptz) RETURNS integer LANGUAGE sql AS $$
  WITH hooks AS (
    DELETE FROM firing_hooks WHERE hook_key IN (
      SELECT hook_key FROM firing_hooks WHERE expires_at <= coalesce(p_now, now())
      ORDER BY expires_at LIMIT p_limit FOR UPDATE SKIP LOCKED) RETURNING 1
  ), digests AS (
    DELETE FROM firing_digests WHERE (hook_key, digest) IN (
      SELECT hook_key, digest FROM firing_digests WHERE snoozed_until <= coalesce(p_now, now())
      ORDER BY snoozed_until LIMIT p_limit FOR UPDATE SKIP LOCKED) RETURNING 1
  ), claims AS (
    DELETE FROM firing_claims WHERE ctid IN (
      SELECT ctid FROM firing_claims WHERE expires_at <= coalesce(p_now, now())
      ORDER BY expires_at LIMIT p_limit FOR UPDATE SKIP LOCKED) RETURNING 1
  )
  SELECT greatest((SELECT count(*) FROM hooks), (SELECT count(*) FROM digests), (SELECT count(*) FROM claims))::integer
$$;
