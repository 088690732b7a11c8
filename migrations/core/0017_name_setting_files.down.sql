-- Forgets which file told a setting.
-- Locks:     ACCESS EXCLUSIVE on source_settings, for a moment.
-- Backfills: nothing.
-- Undone by: 0017_name_setting_files.up.sql.

ALTER TABLE pgtrawl.source_settings DROP COLUMN log_file_id;
