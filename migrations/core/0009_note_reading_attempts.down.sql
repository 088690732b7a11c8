-- A record that ends the program ends every run again.
-- Locks:     ACCESS EXCLUSIVE on log_files, for a moment.
-- Backfills: nothing; notes of attempts are dropped.
-- Undone by: 0009_note_reading_attempts.up.sql.

ALTER TABLE pgtrawl.log_files DROP COLUMN attempt_offset, DROP COLUMN attempt_level;
