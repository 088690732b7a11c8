-- Of two examples of one query that have the same time and text, which is kept.
-- Locks:     ACCESS EXCLUSIVE on queries, for a moment: the column has no default.
-- Backfills: nothing: an example that stands already stays where another one is no earlier.
-- Undone by: 0014_order_examples.down.sql.

ALTER TABLE pgtrawl.queries ADD COLUMN example_mark bigint;
COMMENT ON COLUMN pgtrawl.queries.example_mark IS
  'Hash of session and line of the example''s record: the example does not depend on which file was read first';
