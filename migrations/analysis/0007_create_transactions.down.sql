-- Takes the transactions away.
-- Locks:     ACCESS EXCLUSIVE on session_transactions, a moment.
-- Backfills: nothing.
-- Undone by: 0007_create_transactions.up.sql.

DROP TABLE pgtrawl.session_transactions;
