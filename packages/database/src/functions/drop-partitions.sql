-- Drops the partitions of a day (UTC), with the owner's rights as make_partitions does. The caller holds the locks, and has
-- seen that nothing of the day is needed any more.
CREATE OR REPLACE FUNCTION drop_partitions(p_day date) RETURNS void LANGUAGE plpgsql
SECURITY DEFINER SET search_path FROM CURRENT AS $$
DECLARE
  v_table name;
BEGIN
  FOREACH v_table IN ARRAY ARRAY['events', 'deliveries', 'attempts', 'attempt_pages'] LOOP
    EXECUTE format('DROP TABLE IF EXISTS %I.%I', current_schema(), v_table || to_char(p_day, '"_"YYYYMMDD'));
  END LOOP;
END $$;
REVOKE ALL ON FUNCTION drop_partitions(date) FROM PUBLIC;
