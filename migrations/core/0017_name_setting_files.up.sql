-- Which file told a setting: it goes when the file is forgotten.
-- Locks:     ACCESS EXCLUSIVE on source_settings, for a moment: the column has no default.
-- Backfills: nothing: of settings that are there the file is not known, they stay.
-- Undone by: 0017_name_setting_files.down.sql.

ALTER TABLE pgtrawl.source_settings ADD COLUMN log_file_id bigint;
COMMENT ON COLUMN pgtrawl.source_settings.log_file_id IS
  'The log file that told it; NULL where it came from elsewhere, or was told before the column was there';
