-- Lines that sessions miss, from the segments that were read: what one file leaves out another one can have, so that
-- what is missing is known only from all of them.
-- Locks:     ACCESS EXCLUSIVE on open_sessions, for a moment: the column needs no rewrite.
-- Backfills: nothing; of segments that are there the time of their last line stands for that of the first.
-- Undone by: 0008_show_session_holes.down.sql.

ALTER TABLE pgtrawl.open_sessions ADD COLUMN first_time timestamptz;
COMMENT ON COLUMN pgtrawl.open_sessions.first_time IS
  'Log time of the first line; NULL for segments that were read before the column was there';

CREATE VIEW pgtrawl.session_holes AS
SELECT s.source_id, s.session_id, s.before + 1 AS first_line, s.first_line - 1 AS last_line,
  s.first_line - 1 - s.before AS lines, s.first_file_id AS log_file_id,
  coalesce(s.first_time, s.last_time) AS ended_at
FROM (
  SELECT o.source_id, o.session_id, o.first_line, o.first_file_id, o.first_time, o.last_time,
    max(o.last_line) OVER (PARTITION BY o.source_id, o.session_id ORDER BY o.first_line, o.first_file_id
      ROWS BETWEEN UNBOUNDED PRECEDING AND 1 PRECEDING) AS before
  FROM pgtrawl.open_sessions o
) s
WHERE s.before < s.first_line - 1;
COMMENT ON VIEW pgtrawl.session_holes IS
  'Lines that PostgreSQL wrote and no file has: between the segments of sessions; log_file_id is the file that has the line behind them, ended_at its time';
COMMENT ON COLUMN pgtrawl.log_files.missing_lines IS
  'Lines within sessions that stood in rejected bytes of this file, or in holes of sessions that are kept no longer';
COMMENT ON TABLE pgtrawl.missing_lines IS
  'log_files.missing_lines by the hour (UTC) of the line that follows the missing ones; session_holes has the others';
