-- Takes the hours of files away; forget does not note them any more.
-- Locks:     ACCESS EXCLUSIVE on file_hours.
-- Backfills: nothing.
-- Undone by: 0011_track_file_hours.up.sql.

CREATE OR REPLACE FUNCTION pgtrawl.forget_range(file bigint, low bigint, high bigint) RETURNS bigint
LANGUAGE plpgsql SET search_path = pg_catalog, pgtrawl, pg_temp AS $$
DECLARE
  alone record;
  gone  bigint;
BEGIN
  SELECT array_agg(p.query_id) AS queries, array_agg(p.executed_at) AS times,
    array_agg(p.log_file_id) AS files, array_agg(p.log_offset) AS offsets, min(p.source_id) AS source
  INTO alone
  FROM plan_links x JOIN query_plans p ON p.log_file_id = x.log_file_id AND p.log_offset = x.log_offset
  WHERE x.execution_log_file_id = file AND x.execution_log_offset >= low
    AND x.execution_log_offset < high AND x.log_file_id <> file;
  gone := forget_facts(file, low, high);
  IF alone.queries IS NOT NULL THEN
    PERFORM write_samples(alone.source, alone.queries, alone.times, alone.files, alone.offsets,
                          '{}', '{}', '{}', '{}', '{}', '{}', '{}', '{}', '{}', '{}',
                          '{}', '{}', '{}', '{}', '{}');
  END IF;
  RETURN gone;
END $$;
DROP FUNCTION pgtrawl.touch_hours(integer, bigint[], timestamptz[]);
DROP TABLE pgtrawl.file_hours;
DROP SEQUENCE pgtrawl.hour_changes;
