-- Makes the partitions of a day (UTC) that do not exist yet. Only the owner of a table can make its partitions, so the function
-- runs with the owner's rights, and the role of admins and workers need not own anything. The caller holds the locks.
CREATE OR REPLACE FUNCTION make_partitions(p_day date) RETURNS void LANGUAGE plpgsql
SECURITY DEFINER SET search_path FROM CURRENT AS $$
DECLARE
  v_table name;
BEGIN
  FOREACH v_table IN ARRAY ARRAY['events', 'deliveries', 'attempts', 'attempt_pages'] LOOP
    EXECUTE format(
      'CREATE TABLE IF NOT EXISTS %1$I.%3$I PARTITION OF %1$I.%2$I FOR VALUES FROM (%4$L) TO (%5$L)',
      current_schema(), v_table, v_table || to_char(p_day, '"_"YYYYMMDD'), first_id_of(p_day), first_id_of(p_day + 1)
    );
  END LOOP;
END $$;
REVOKE ALL ON FUNCTION make_partitions(date) FROM PUBLIC;
