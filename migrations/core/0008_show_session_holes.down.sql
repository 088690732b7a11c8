-- Holes of sessions are counted for the file that has the line behind them, as an earlier program knows them.
-- Locks:     ACCESS EXCLUSIVE on open_sessions, for a moment.
-- Backfills: log_files.missing_lines and missing_lines from the holes that there are. The earlier program cannot read the
--            state of segments that this one wrote: it takes their sessions as unknown.
-- Undone by: 0008_show_session_holes.up.sql, which counts such holes twice as long as their segments are there.

INSERT INTO pgtrawl.missing_lines AS m (log_file_id, hour, lines)
SELECT h.log_file_id, date_trunc('hour', h.ended_at, 'UTC'), sum(h.lines)
FROM pgtrawl.session_holes h JOIN pgtrawl.log_files f ON f.id = h.log_file_id
GROUP BY 1, 2
ON CONFLICT (log_file_id, hour) DO UPDATE SET lines = m.lines + excluded.lines;
UPDATE pgtrawl.log_files f SET missing_lines = f.missing_lines + h.lines
FROM (SELECT log_file_id, sum(lines) AS lines FROM pgtrawl.session_holes GROUP BY 1) h
WHERE h.log_file_id = f.id;
DROP VIEW pgtrawl.session_holes;
ALTER TABLE pgtrawl.open_sessions DROP COLUMN first_time;
COMMENT ON COLUMN pgtrawl.log_files.missing_lines IS
  'Lines within sessions that PostgreSQL numbered and this file does not have';
COMMENT ON TABLE pgtrawl.missing_lines IS
  'log_files.missing_lines by the hour (UTC) of the line that follows the missing ones';
