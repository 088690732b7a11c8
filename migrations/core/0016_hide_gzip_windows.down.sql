-- Takes away the points with a hidden window, which older binaries can't read.
-- Locks:     ROW EXCLUSIVE on gzip_points; its comment changes.
-- Backfills: nothing: files without a point are inflated from their start.
-- Undone by: 0016_hide_gzip_windows.up.sql.

DELETE FROM pgtrawl.gzip_points;
COMMENT ON COLUMN pgtrawl.gzip_points.inflate_window IS 'The decompressed bytes before that what follows refers to';
