-- Takes the kinds of plans and the misjudged scans away.
-- Locks:     ACCESS EXCLUSIVE on query_analysis, a moment.
-- Backfills: nothing.
-- Undone by: 0006_track_plan_kinds.up.sql.

ALTER TABLE pgtrawl.query_analysis DROP is_generic, DROP scan_error, DROP scan_node;
