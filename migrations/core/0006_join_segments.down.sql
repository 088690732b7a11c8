-- Takes the heads of segments away. Rows that were written of them stay as they are, and so do the
-- segments: an earlier program does not go on with them, as their state is of a later form.
-- Locks:     ACCESS EXCLUSIVE on open_sessions, for a moment.
-- Backfills: nothing.
-- Undone by: 0006_join_segments.up.sql.

ALTER TABLE pgtrawl.open_sessions DROP COLUMN closed, DROP COLUMN head;
