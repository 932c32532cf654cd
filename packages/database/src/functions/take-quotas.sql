-- Lets requests of publishers pass, as far as their quotas allow: token buckets that hold p_bursts events and gain
-- p_rates per second. p_ids are sorted, and each stands once. A request names one or two of them by their index
-- (p_first, p_second or null), and takes its events from all of them, or from none. One with more events than a burst
-- passes when the bucket is full, and those after it wait longer. Returns for each request the ms after which to try
-- again (0: it passes), and the index of the quota that refused.
CREATE OR REPLACE FUNCTION take_quotas(
  p_ids uuid[], p_rates float8[], p_bursts float8[], p_first integer[], p_second integer[], p_events integer[],
  OUT waits_ms float8[], OUT refused_by integer[]
) LANGUAGE plpgsql AS $$
DECLARE
  -- The most events of one request.
  c_most_events constant float8 := 1000;
  -- When each bucket is full again, in ms since the epoch.
  v_full float8[];
  v_before float8[];
  v_now float8;
  v_wait float8;
  v_waits float8[] := '{}';
  v_refused integer[] := '{}';
  v_index integer;
  v_by integer;
  v_longest float8;
BEGIN
  LOOP
    INSERT INTO publish_quotas (id, full_at) SELECT id, extract(epoch FROM clock_timestamp()) * 1000 FROM unnest(p_ids) AS id
    ON CONFLICT DO NOTHING;
    -- Quotas that are gone, or at rest. A row that another call holds is passed over, so that none waits here.
    IF FOUND THEN
      DELETE FROM publish_quotas WHERE id IN (
        SELECT id FROM publish_quotas WHERE full_at < extract(epoch FROM clock_timestamp()) * 1000 - 86400000
        FOR UPDATE SKIP LOCKED);
    END IF;
    -- In one order for all callers, so that they wait for each other and never in a circle.
    SELECT array_agg(full_at) INTO v_full FROM (
      SELECT full_at FROM publish_quotas WHERE id = ANY (p_ids) ORDER BY id FOR UPDATE) AS locked;
    EXIT WHEN cardinality(v_full) = cardinality(p_ids);
  END LOOP;
  v_now := extract(epoch FROM clock_timestamp()) * 1000;
  v_before := v_full;
  -- A bucket of before the limit was raised, or the clock went back, is no emptier than one request leaves it.
  FOR v_index IN 1 .. cardinality(p_ids) LOOP
    v_full[v_index] := least(v_full[v_index], v_now + greatest(p_bursts[v_index], c_most_events) * 1000 / p_rates[v_index]);
  END LOOP;
  FOR v_request IN 1 .. cardinality(p_events) LOOP
    v_longest := 0;
    v_by := NULL;
    FOREACH v_index IN ARRAY ARRAY[p_first[v_request], p_second[v_request]] LOOP
      CONTINUE WHEN v_index IS NULL;
      v_wait := greatest(v_full[v_index], v_now) - v_now
        + (least(p_events[v_request], p_bursts[v_index]) - p_bursts[v_index]) * 1000 / p_rates[v_index];
      -- Sums of fractions are a little off.
      IF v_wait > 0.01 AND v_wait > v_longest THEN
        v_longest := v_wait;
        v_by := v_index;
      END IF;
    END LOOP;
    IF v_by IS NULL THEN
      FOREACH v_index IN ARRAY ARRAY[p_first[v_request], p_second[v_request]] LOOP
        CONTINUE WHEN v_index IS NULL;
        v_full[v_index] := greatest(v_full[v_index], v_now) + p_events[v_request] * 1000 / p_rates[v_index];
      END LOOP;
    END IF;
    v_waits := v_waits || v_longest;
    v_refused := v_refused || v_by;
  END LOOP;
  UPDATE publish_quotas SET full_at = taken.full_at
  FROM unnest(p_ids, v_full, v_before) AS taken (id, full_at, before)
  WHERE publish_quotas.id = taken.id AND taken.full_at <> taken.before;
  waits_ms := v_waits;
  refused_by := v_refused;
END $$;
