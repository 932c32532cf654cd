-- Counts each change of configuration in configuration_version and announces it with its version, so that a listener that
-- lost its connection can tell whether it missed any.
CREATE OR REPLACE FUNCTION announce_change() RETURNS trigger LANGUAGE plpgsql AS $$
DECLARE
  changed record;
  subject text;
  new_version bigint;
BEGIN
  IF TG_OP = 'DELETE' THEN changed := OLD; ELSE changed := NEW; END IF;
  CASE TG_TABLE_NAME
    WHEN 'event_hooks' THEN subject := 'hook:' || changed.id;
    WHEN 'source_events' THEN subject := 'catalogue:' || changed.workspace;
    WHEN 'tokens' THEN subject := 'token:' || changed.id;
    WHEN 'workspaces' THEN subject := 'workspace:' || changed.name;
    WHEN 'inbound_endpoints' THEN subject := 'inbound:' || changed.id;
  END CASE;
  -- The row's lock makes changes commit, and be announced, in the order of their versions.
  UPDATE configuration_version SET version = version + 1 RETURNING version INTO new_version;
  PERFORM pg_notify(changes_channel(TG_TABLE_SCHEMA), subject || '@' || new_version);
  RETURN NULL;
END $$;
