-- Takes the counts of missing lines away; open_sessions keeps those of sessions still open.
-- Locks:     ACCESS EXCLUSIVE on log_files, for a moment.
-- Backfills: nothing.
-- Undone by: 0004_count_missing_lines.up.sql.

DROP TABLE pgtrawl.missing_lines;
ALTER TABLE pgtrawl.log_files DROP COLUMN missing_lines;
