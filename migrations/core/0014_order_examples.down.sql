-- Takes the mark of examples away.
-- Locks:     ACCESS EXCLUSIVE on queries, for a moment.
-- Backfills: nothing.
-- Undone by: 0014_order_examples.up.sql.

ALTER TABLE pgtrawl.queries DROP COLUMN example_mark;
