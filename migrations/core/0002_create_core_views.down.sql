-- Takes the views away; the tables below keep every row.
-- Locks:     ACCESS EXCLUSIVE on the views.
-- Backfills: nothing.
-- Undone by: 0002_create_core_views.up.sql.

DROP VIEW pgtrawl.calls, pgtrawl.execution_plans, pgtrawl.events, pgtrawl.executions;
