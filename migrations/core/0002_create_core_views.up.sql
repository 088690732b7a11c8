-- Views over the core tables: what was captured with its names, and pg_stat_statements' counting.
-- Locks:     ACCESS SHARE on the core tables.
-- Backfills: nothing.
-- Undone by: 0002_create_core_views.down.sql.

CREATE VIEW pgtrawl.executions AS
SELECT e.log_file_id || '-' || e.log_offset AS id, s.name AS source, e.query_id, e.executed_at, e.kind, e.protocol,
       e.statements, e.nesting, e.settled, e.duration_ms, e.parse_ms, e.bind_ms, e.execute_ms, e.plan_ms,
       e.rows_returned, e.rows_affected, e.sqlstate, e.error, c.database_name, c.user_name,
       c.application_name, c.client_addr, e.session_id, e.session_line, e.process_id,
       e.native_query_id, e.parameters, e.tags, e.records, e.transcoded, e.source_id, e.log_file_id,
       e.log_offset, e.context_id
FROM pgtrawl.query_executions e
JOIN pgtrawl.sources s ON s.id = e.source_id
LEFT JOIN pgtrawl.session_contexts c ON c.id = e.context_id;
COMMENT ON VIEW pgtrawl.executions IS 'query_executions with the names of source, database, user, application and client';

CREATE VIEW pgtrawl.events AS
SELECT v.log_file_id || '-' || v.log_offset AS id, s.name AS source, v.event_class, v.severity, v.sqlstate,
       v.occurred_at, v.message, v.detail, v.hint, v.context, v.location, v.cursor_position, v.fields,
       v.query_id, c.database_name, c.user_name, c.application_name, c.client_addr, c.backend_type, v.session_id,
       v.session_line, v.process_id, v.records, v.transcoded, v.source_id, v.log_file_id, v.log_offset,
       v.context_id
FROM pgtrawl.log_events v
JOIN pgtrawl.sources s ON s.id = v.source_id
LEFT JOIN pgtrawl.session_contexts c ON c.id = v.context_id;
COMMENT ON VIEW pgtrawl.events IS 'log_events with the names of source, database, user, application and client';

CREATE VIEW pgtrawl.execution_plans AS
SELECT e.log_file_id || '-' || e.log_offset AS execution_id,
       p.log_file_id || '-' || p.log_offset AS plan_id,
       e.source_id, e.session_id, l.execution_line, l.plan_line,
       e.query_id AS execution_query_id, e.executed_at AS execution_executed_at,
       e.log_file_id AS execution_log_file_id, e.log_offset AS execution_log_offset,
       e.native_query_id AS execution_native_query_id, e.duration_ms, e.kind, e.statements,
       p.query_id, p.executed_at, p.log_file_id, p.log_offset, p.native_query_id, p.plan_ms, p.nesting,
       p.ran, p.shape, p.format, p.plan, p.plan_text
FROM pgtrawl.query_executions e
JOIN pgtrawl.plan_links l
  ON l.execution_log_file_id = e.log_file_id AND l.execution_log_offset = e.log_offset
JOIN pgtrawl.query_plans p ON p.log_file_id = l.log_file_id AND p.log_offset = l.log_offset;
COMMENT ON VIEW pgtrawl.execution_plans IS 'Executions with their plans, one row a plan';

-- A successful execution of a client counts once under its own native id. Where it has none, or where
-- the message held several statements, its plans count instead, each under its own id. What has no
-- native id at all pg_stat_statements does not have either. DEALLOCATE counts from 17 on.
CREATE VIEW pgtrawl.calls AS
WITH top AS (
  SELECT e.source_id, e.log_file_id, e.log_offset, e.native_query_id, e.query_id, e.plan_ms,
         e.statements
  FROM pgtrawl.query_executions e
  WHERE e.nesting = 0 AND e.sqlstate IS NULL AND e.kind NOT IN ('prepare', 'fetch', 'fastpath')
    AND e.query_id NOT IN (SELECT q.id FROM pgtrawl.queries q WHERE q.statement_kind = 'prepare')
    AND NOT (e.query_id IN (SELECT q.id FROM pgtrawl.queries q WHERE q.statement_kind = 'deallocate')
             AND NOT EXISTS (SELECT FROM pgtrawl.source_settings v
                             WHERE v.source_id = e.source_id AND v.name = 'server_version_num'
                               AND v.setting ~ '^\d{6}$' AND v.setting >= '170000')
             AND NOT EXISTS (SELECT FROM pgtrawl.log_events v
                             WHERE v.source_id = e.source_id AND v.event_class = 'server'
                               AND v.message ~ '^starting PostgreSQL (1[7-9]|[2-9]\d)'))
), planned AS (
  SELECT l.execution_log_file_id, l.execution_log_offset, p.native_query_id, p.query_id, p.plan_ms,
         count(*) OVER (PARTITION BY l.execution_log_file_id, l.execution_log_offset) AS plans
  FROM pgtrawl.plan_links l
  JOIN pgtrawl.query_plans p ON p.log_file_id = l.log_file_id AND p.log_offset = l.log_offset
  WHERE p.ran
), counted AS (
  SELECT t.source_id,
         CASE WHEN by_plan THEN p.native_query_id ELSE t.native_query_id END AS native_query_id,
         CASE WHEN by_plan THEN p.query_id ELSE t.query_id END AS query_id,
         CASE WHEN by_plan THEN p.plan_ms ELSE coalesce(p.plan_ms, t.plan_ms, 0) END AS plan_ms
  FROM top t
  LEFT JOIN planned p ON p.execution_log_file_id = t.log_file_id
                     AND p.execution_log_offset = t.log_offset
  CROSS JOIN LATERAL (SELECT p.plans IS NOT NULL
    AND (p.plans > 1 OR t.statements > 1 OR t.native_query_id = 0) AS by_plan) how
)
SELECT s.name AS source, c.native_query_id, c.query_id, count(*) AS calls, sum(c.plan_ms) AS total_exec_ms
FROM counted c JOIN pgtrawl.sources s ON s.id = c.source_id
WHERE c.native_query_id <> 0
GROUP BY s.name, c.native_query_id, c.query_id;
COMMENT ON VIEW pgtrawl.calls IS 'Calls and execution time by the rules of pg_stat_statements';
