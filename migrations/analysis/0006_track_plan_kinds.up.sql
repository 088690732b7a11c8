-- What a plan was made for, and by how much its scans were misjudged: generic plans beside custom ones, and statistics
-- that age while the plan is still the same.
-- Locks:     ACCESS EXCLUSIVE on query_analysis for three columns without a default: a moment.
-- Backfills: nothing here: the next 'pgtrawl analyze' reads the plans anew.
-- Undone by: 0006_track_plan_kinds.down.sql.

ALTER TABLE pgtrawl.query_analysis ADD is_generic boolean, ADD scan_error real, ADD scan_node text;
COMMENT ON COLUMN pgtrawl.query_analysis.is_generic IS
  'A parameter of the statement stands in the plan: it was made for all values; null where it could not be read';
COMMENT ON COLUMN pgtrawl.query_analysis.scan_error IS
  'By which factor the rows of scan_node were misjudged, at least: that of its scans that was misjudged most';
