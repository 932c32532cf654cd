-- The smallest UUIDv7 of a day (UTC).
CREATE OR REPLACE FUNCTION first_id_of(p_day date) RETURNS uuid LANGUAGE sql IMMUTABLE AS $$
  SELECT rpad(lpad(to_hex((extract(epoch FROM p_day) * 1000)::bigint), 12, '0'), 32, '0')::uuid
$$;
