-- Where a run began to read a file, and how carefully: a record that ends the program is found by the runs after it.
-- Locks:     ACCESS EXCLUSIVE on log_files, for a moment: the columns need no rewrite.
-- Backfills: nothing.
-- Undone by: 0009_note_reading_attempts.down.sql.

ALTER TABLE pgtrawl.log_files
  ADD COLUMN attempt_offset bigint,
  ADD COLUMN attempt_level smallint CHECK (attempt_level BETWEEN 1 AND 4);
COMMENT ON COLUMN pgtrawl.log_files.attempt_offset IS
  'Where the latest run began to read; where that is committed_offset, the run ended before its first commit';
COMMENT ON COLUMN pgtrawl.log_files.attempt_level IS
  'How it read on from there: 1 in large batches, 2 in small ones, 3 record by record, 4 likewise after a trial of the first one';
