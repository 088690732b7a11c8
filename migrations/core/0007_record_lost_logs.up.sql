-- Logs that are gone before their end was read.
-- Locks:     ACCESS EXCLUSIVE on log_files, for a moment: the table has a row for each log.
-- Backfills: nothing.
-- Undone by: 0007_record_lost_logs.down.sql.

ALTER TABLE pgtrawl.log_files
  DROP CONSTRAINT log_files_state_check,
  ADD CONSTRAINT log_files_state_check CHECK (state IN ('active', 'done', 'incomplete', 'corrupt', 'lost'));
-- Heads of every length are looked for without reading the whole table.
CREATE INDEX log_files_source_head_length ON pgtrawl.log_files (source_id, head_length) WHERE forgotten_at IS NULL;
