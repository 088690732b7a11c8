-- Takes the rollups away; what they were made of stays.
-- Locks:     ACCESS EXCLUSIVE on the tables of the layer.
-- Backfills: nothing.
-- Undone by: 0001_create_rollups.up.sql and 'pgtrawl analyze'.

DROP FUNCTION pgtrawl.freeze_rollups(timestamptz);
DROP TABLE pgtrawl.analysis_runs, pgtrawl.analyzed_spans, pgtrawl.query_bursts, pgtrawl.query_rollups,
  pgtrawl.analyzed_hours;
DROP SEQUENCE pgtrawl.analysis_versions;
