-- Lost logs are active ones again, as an earlier program knows them; what is known to be lost stays in file_gaps.
-- Locks:     ACCESS EXCLUSIVE on log_files, for a moment.
-- Backfills: the state of lost logs.
-- Undone by: 0007_record_lost_logs.up.sql.

DROP INDEX pgtrawl.log_files_source_head_length;
UPDATE pgtrawl.log_files SET state = 'active' WHERE state = 'lost';
ALTER TABLE pgtrawl.log_files
  DROP CONSTRAINT log_files_state_check,
  ADD CONSTRAINT log_files_state_check CHECK (state IN ('active', 'done', 'incomplete', 'corrupt'));
