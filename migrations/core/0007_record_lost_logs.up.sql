-- Logs that are gone before their end was read, and attempts to read what ends the reader.
-- Locks:     ACCESS EXCLUSIVE on log_files, for a moment: the table has a row for each log, the columns'
--            defaults need no rewrite, and the index is small.
-- Backfills: nothing.
-- Undone by: 0007_record_lost_logs.down.sql.

ALTER TABLE pgtrawl.log_files
  DROP CONSTRAINT log_files_state_check,
  ADD CONSTRAINT log_files_state_check CHECK (state IN ('active', 'done', 'incomplete', 'corrupt', 'lost')),
  ADD COLUMN attempt_offset bigint NOT NULL DEFAULT 0,
  ADD COLUMN attempts smallint NOT NULL DEFAULT 0;
-- Heads of every length are looked for without reading the whole table.
CREATE INDEX log_files_source_head_length ON pgtrawl.log_files (source_id, head_length) WHERE forgotten_at IS NULL;
COMMENT ON COLUMN pgtrawl.log_files.attempts IS
  'Runs in a row that began to read at attempt_offset and ended without saying why';
