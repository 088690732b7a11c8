-- Which hours have rows of which file, and a number that rises whenever these rows change: whoever derives
-- something from the rows compares the number with that of its last look, and nobody has to be told.
-- Locks:     EXCLUSIVE on log_files until the end: loads wait, so that no row is left out.
-- Backfills: the hours of all rows, for which executions, plans and events are read once.
-- Undone by: 0011_track_file_hours.down.sql.

LOCK TABLE pgtrawl.log_files IN EXCLUSIVE MODE;

-- One number for all hours: that of an hour that went and came back is another one.
CREATE SEQUENCE pgtrawl.hour_changes;

CREATE TABLE pgtrawl.file_hours (
  log_file_id bigint NOT NULL,
  hour        timestamptz NOT NULL,
  source_id   integer NOT NULL,
  change      bigint NOT NULL,
  PRIMARY KEY (log_file_id, hour)
) WITH (fillfactor = 50);
COMMENT ON TABLE pgtrawl.file_hours IS 'The hours (UTC) in which a file has, or had, executions, plans or events';
COMMENT ON COLUMN pgtrawl.file_hours.change IS 'Rises with each commit that adds, changes or removes rows of the file in this hour';

-- Notes that rows of these files at these times were changed. The rows of an hour of a file are written by
-- who holds the file's row, so that loaders do not wait for each other here.
CREATE FUNCTION pgtrawl.touch_hours(source integer, files bigint[], times timestamptz[]) RETURNS void
LANGUAGE sql SET search_path = pg_catalog, pgtrawl, pg_temp AS $$
INSERT INTO file_hours AS h (log_file_id, hour, source_id, change)
SELECT t.file, t.hour, source, nextval('hour_changes')
FROM (SELECT DISTINCT u.file, date_trunc('hour', u.at, 'UTC') AS hour
      FROM unnest(files, times) u (file, at) ORDER BY 1, 2) t
ON CONFLICT (log_file_id, hour) DO UPDATE SET change = excluded.change
$$;
REVOKE ALL ON FUNCTION pgtrawl.touch_hours(integer, bigint[], timestamptz[]) FROM PUBLIC;

INSERT INTO pgtrawl.file_hours (log_file_id, hour, source_id, change)
SELECT u.log_file_id, u.hour, u.source_id, nextval('pgtrawl.hour_changes')
FROM (
  SELECT log_file_id, date_trunc('hour', executed_at, 'UTC') AS hour, source_id FROM pgtrawl.query_executions
  UNION
  SELECT log_file_id, date_trunc('hour', executed_at, 'UTC'), source_id FROM pgtrawl.query_plans
  UNION
  SELECT log_file_id, date_trunc('hour', occurred_at, 'UTC'), source_id FROM pgtrawl.log_events
) u
-- A row that stands twice under two sources is for verify() to tell.
ON CONFLICT DO NOTHING;

-- As before; the hours in which plans of other files become executions are noted.
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
    PERFORM touch_hours(alone.source, alone.files, alone.times);
  END IF;
  RETURN gone;
END $$;
