-- Takes the points away: gzip files are inflated from their start again.
-- Locks:     ACCESS EXCLUSIVE on gzip_points, and on log_files for a moment.
-- Backfills: nothing.
-- Undone by: 0013_keep_gzip_points.up.sql.

DROP TABLE pgtrawl.gzip_points;
