-- Transactions that last, and those in which a session does nothing.
-- Locks:     the rows of analyzed_hours, for a moment: an analysis that is at work waits.
-- Backfills: nothing here: the next 'pgtrawl analyze' sums up every hour anew, but for those that retention left.
-- Undone by: 0007_create_transactions.down.sql.

CREATE TABLE pgtrawl.session_transactions (
  source_id     integer NOT NULL,
  hour          timestamptz NOT NULL,
  session_id    text NOT NULL,
  first_line    bigint NOT NULL,
  last_line     bigint NOT NULL,
  started_at    timestamptz NOT NULL,
  ended_at      timestamptz NOT NULL,
  begun         boolean NOT NULL,
  ended         boolean NOT NULL,
  timed_out     boolean NOT NULL,
  statements    bigint NOT NULL,
  writes        boolean NOT NULL,
  query_id      bigint NOT NULL,
  idle_ms       double precision,
  idle_query_id bigint NOT NULL,
  PRIMARY KEY (source_id, hour, session_id, first_line)
);
COMMENT ON TABLE pgtrawl.session_transactions IS
  'What an hour has of transactions that took five minutes, that were idle for 30 s, that the edge of the hour cuts, or that a timeout ended';
COMMENT ON COLUMN pgtrawl.session_transactions.begun IS 'BEGIN stands in this hour';
COMMENT ON COLUMN pgtrawl.session_transactions.ended IS 'So does COMMIT or ROLLBACK';
COMMENT ON COLUMN pgtrawl.session_transactions.timed_out IS 'The server ended the session for it: nothing but that is told here';
COMMENT ON COLUMN pgtrawl.session_transactions.query_id IS 'Its longest statement; 0 is none';
COMMENT ON COLUMN pgtrawl.session_transactions.idle_ms IS 'The longest time between two statements';
COMMENT ON COLUMN pgtrawl.session_transactions.idle_query_id IS 'The statement before that time; 0 is none';

UPDATE pgtrawl.analyzed_hours SET changes = -1 WHERE NOT frozen;
