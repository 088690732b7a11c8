-- The windows of gzip points are hidden by a key that only the file gives: they are text of the log.
-- Locks:     ROW EXCLUSIVE on gzip_points; its comment changes.
-- Backfills: nothing: points that show their window go, their files are inflated from their start.
-- Undone by: 0016_hide_gzip_windows.down.sql.

DELETE FROM pgtrawl.gzip_points;
COMMENT ON COLUMN pgtrawl.gzip_points.inflate_window IS
  'The decompressed bytes before that what follows refers to, under AES-256 with a key made of the check_length bytes of the file before compressed_offset';
