-- Takes the findings away; what they were made of stays.
-- Locks:     ACCESS EXCLUSIVE on the tables.
-- Backfills: nothing.
-- Undone by: 0003_create_findings.up.sql and 'pgtrawl analyze'.

DROP TABLE pgtrawl.workload_findings, pgtrawl.query_regressions, pgtrawl.plan_changes, pgtrawl.query_analysis;
