-- Takes the heads of segments away. Rows that were written of them stay as they are.
-- Locks:     ACCESS EXCLUSIVE on open_sessions, for a moment.
-- Backfills: segments of sessions that are over have no use any more and are deleted; parse and bind
--            records never wait in them.
-- Undone by: 0006_join_segments.up.sql.

DELETE FROM pgtrawl.open_sessions WHERE closed;
ALTER TABLE pgtrawl.open_sessions DROP COLUMN closed, DROP COLUMN head;
