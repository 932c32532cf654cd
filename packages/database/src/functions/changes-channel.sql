-- The channel of notifications of the installation in a schema. Channels belong to a database, installations to a schema.
-- A channel's name has 63 bytes at most, and so has a schema's. Schema public keeps the name that earlier releases listen to.
CREATE OR REPLACE FUNCTION changes_channel(p_schema name) RETURNS text LANGUAGE sql IMMUTABLE AS $$
  SELECT CASE p_schema WHEN 'public' THEN 'eventhooks_changes' ELSE 'eventhooks_changes_' || md5(p_schema::text) END
$$;
