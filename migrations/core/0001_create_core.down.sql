-- Takes the core layer away with every captured row.
-- Locks:     ACCESS EXCLUSIVE on every core table until the end.
-- Backfills: nothing.
-- Undone by: 0001_create_core.up.sql, and importing the logs again.

DROP FUNCTION pgtrawl.refresh_queries(bigint[]);
DROP FUNCTION pgtrawl.ensure_partition(date);
DROP TABLE pgtrawl.file_gaps, pgtrawl.rejected_records, pgtrawl.plan_links, pgtrawl.log_events,
  pgtrawl.query_plans, pgtrawl.query_executions, pgtrawl.session_contexts, pgtrawl.queries,
  pgtrawl.open_sessions, pgtrawl.log_files, pgtrawl.source_settings, pgtrawl.sources;
DROP SEQUENCE pgtrawl.epochs;
