-- Ends all windows of a hook that was changed, disabled or deleted. A pause ends none: pending deliveries only say that they wait
-- for it, too.
CREATE OR REPLACE FUNCTION end_hook_windows() RETURNS trigger LANGUAGE plpgsql AS $$
DECLARE
  v_hook_ids uuid[];
  v_digests text[];
BEGIN
  IF TG_OP = 'UPDATE' AND (OLD.source, OLD.event, OLD.events, OLD.filter, OLD.handler, OLD.config::text, OLD.snooze,
    OLD.on_change, OLD.snooze_edge, OLD.enabled) IS NOT DISTINCT FROM (NEW.source, NEW.event, NEW.events, NEW.filter,
    NEW.handler, NEW.config::text, NEW.snooze, NEW.on_change, NEW.snooze_edge, NEW.enabled)
  THEN
    UPDATE deliveries SET reason = CASE WHEN NEW.paused THEN 'paused' ELSE 'snooze' END, updated_at = now()
    WHERE id = ANY(ARRAY(SELECT pending_id FROM firing_windows WHERE hook_id = NEW.id)) AND next_attempt_at = 'infinity';
  ELSE
    SELECT array_agg(hook_id), array_agg(digest) INTO v_hook_ids, v_digests FROM firing_windows WHERE hook_id = OLD.id;
    PERFORM close_windows(v_hook_ids, v_digests, true, clock_timestamp());
  END IF;
  RETURN NULL;
END $$;
