-- Logs that are gone before their end was read, and attempts to read what ends the reader.
-- Locks:     ACCESS EXCLUSIVE on log_files, for a moment: the table has a row for each log, and the columns'
--            defaults need no rewrite.
-- Backfills: nothing.
-- Undone by: 0007_record_lost_logs.down.sql.

ALTER TABLE pgtrawl.log_files
  DROP CONSTRAINT log_files_state_check,
  ADD CONSTRAINT log_files_state_check CHECK (state IN ('active', 'done', 'incomplete', 'corrupt', 'lost')),
  ADD COLUMN attempt_offset bigint NOT NULL DEFAULT 0,
  ADD COLUMN attempts smallint NOT NULL DEFAULT 0;
COMMENT ON COLUMN pgtrawl.log_files.attempts IS
  'Runs in a row that began to read at attempt_offset and ended without saying why';
