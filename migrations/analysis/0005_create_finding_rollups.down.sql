-- Takes the sums of findings away; the findings themselves stay.
-- Locks:     ACCESS EXCLUSIVE on finding_rollups, analyzed_hours and query_analysis.
-- Backfills: nothing.
-- Undone by: 0005_create_finding_rollups.up.sql and 'pgtrawl analyze'.

ALTER TABLE pgtrawl.query_analysis DROP lock_wait_ms;
ALTER TABLE pgtrawl.analyzed_hours DROP plan_rules;
DROP TABLE pgtrawl.finding_rollups;
