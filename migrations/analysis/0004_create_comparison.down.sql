-- Takes the comparison away.
-- Locks:     nothing but the function.
-- Backfills: nothing.
-- Undone by: 0004_create_comparison.up.sql.

DROP FUNCTION pgtrawl.compare(
  timestamptz, timestamptz, timestamptz, timestamptz, text, text, text, text);
