-- Lines that sessions miss, counted by file: a session that is over still tells what its log lost.
-- Locks:     ACCESS EXCLUSIVE on log_files, for a moment: the column's default needs no rewrite.
-- Backfills: what the sessions miss that are still open, in the latest of their files, without hours; of sessions
--            that were over before nothing is known.
-- Undone by: 0004_count_missing_lines.down.sql, which forgets the counts of sessions that are over.

ALTER TABLE pgtrawl.log_files ADD COLUMN missing_lines bigint NOT NULL DEFAULT 0;
COMMENT ON COLUMN pgtrawl.log_files.missing_lines IS
  'Lines within sessions that PostgreSQL numbered and this file does not have';

CREATE TABLE pgtrawl.missing_lines (
  log_file_id bigint NOT NULL REFERENCES pgtrawl.log_files ON DELETE CASCADE,
  hour        timestamptz NOT NULL,
  lines       bigint NOT NULL,
  PRIMARY KEY (log_file_id, hour)
);
COMMENT ON TABLE pgtrawl.missing_lines IS
  'log_files.missing_lines by the hour (UTC) of the line that follows the missing ones';

UPDATE pgtrawl.log_files f SET missing_lines = o.missing
FROM (
  SELECT (SELECT max(i) FROM unnest(s.log_file_ids) i) AS id, sum(s.missing_lines) AS missing
  FROM pgtrawl.open_sessions s WHERE s.missing_lines > 0 GROUP BY 1
) o
WHERE o.id = f.id;
