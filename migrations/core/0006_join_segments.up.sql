-- Files can be read in any order: a segment that begins in the middle of its session keeps its first
-- records in short, to be joined to what precedes it when that is read.
-- Locks:     ACCESS EXCLUSIVE on open_sessions, for a moment: the columns need no rewrite, and the table is
--            small.
-- Backfills: segments that are there are closed, as their state is of an earlier form; what was stored
--            of them stands.
-- Undone by: 0006_join_segments.down.sql, after which such segments are not joined any more.

ALTER TABLE pgtrawl.open_sessions
  ADD COLUMN closed boolean NOT NULL DEFAULT false,
  ADD COLUMN head bytea;
COMMENT ON COLUMN pgtrawl.open_sessions.closed IS
  'The session is over: no later line goes on with the segment, but earlier ones may still be read';
COMMENT ON COLUMN pgtrawl.open_sessions.head IS
  'First records of a segment whose session began before it; NULL when its beginning is known';

-- Each run looks for segments that can be joined.
CREATE INDEX open_sessions_head ON pgtrawl.open_sessions (source_id, session_id, first_line)
  WHERE head IS NOT NULL;

UPDATE pgtrawl.open_sessions SET closed = true;
