-- Announces breakers that open and close. They are not configuration, so the version stays.
CREATE OR REPLACE FUNCTION announce_breaker() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  PERFORM pg_notify(changes_channel(TG_TABLE_SCHEMA), 'breaker:' || coalesce(NEW.hook_id, OLD.hook_id));
  RETURN NULL;
END $$;
