-- What a store holds, as one JSON document for lib/check_contract.py.
SELECT json_build_object(
  'records', (SELECT coalesce(sum(records_execution + records_plan + records_event + records_open
                                  + records_rejected), 0) FROM pgtrawl.log_files),
  'plans', (SELECT count(*) FROM pgtrawl.query_plans),
  'plans_nested', (SELECT count(*) FROM pgtrawl.query_plans WHERE nesting = 1),
  'plans_json', (SELECT count(*) FROM pgtrawl.query_plans WHERE format = 'json'),
  'plans_never_ran', (SELECT count(*) FROM pgtrawl.query_plans AS p WHERE NOT ran AND NOT EXISTS (
     SELECT FROM pgtrawl.plan_links AS l
     WHERE l.log_file_id = p.log_file_id AND l.log_offset = p.log_offset)),
  'succeeded', (SELECT count(*) FROM pgtrawl.query_executions WHERE nesting = 0 AND sqlstate IS NULL),
  'by_kind', (SELECT coalesce(json_object_agg(kind, n), '{}') FROM (
     SELECT kind, count(*) AS n FROM pgtrawl.query_executions
     WHERE nesting = 0 AND sqlstate IS NULL GROUP BY kind) AS k),
  'nested', (SELECT count(*) FROM pgtrawl.query_executions WHERE nesting = 1),
  'failed_by_sqlstate', (SELECT coalesce(json_object_agg(sqlstate, n), '{}') FROM (
     SELECT sqlstate, count(*) AS n FROM pgtrawl.query_executions
     WHERE sqlstate IS NOT NULL GROUP BY sqlstate) AS s),
  'errors_without_statement', (SELECT count(*) FROM pgtrawl.events
     WHERE upper(severity) IN ('ERROR', 'FATAL', 'PANIC') AND query_id = 0
       AND (backend_type IN ('client backend', 'not initialized')
         OR backend_type IS NULL AND (user_name IS NOT NULL OR database_name IS NOT NULL))),
  'transcoded', (SELECT count(*) FROM pgtrawl.query_executions WHERE transcoded)
     + (SELECT count(*) FROM pgtrawl.query_plans WHERE transcoded)
     + (SELECT count(*) FROM pgtrawl.log_events WHERE transcoded),
  'calls', (SELECT coalesce(json_object_agg(native_query_id, n), '{}') FROM (
     SELECT native_query_id, sum(calls) AS n FROM pgtrawl.calls GROUP BY native_query_id) AS c),
  -- By the id of the statement: of a message of several each plan has its own.
  'plan_ms', (SELECT coalesce(json_object_agg(native, ms), '{}') FROM (
     SELECT CASE WHEN e.statements > 1 THEN p.native_query_id ELSE e.native_query_id END AS native,
            sum(p.plan_ms) AS ms
     FROM pgtrawl.query_executions AS e
     JOIN pgtrawl.plan_links AS l ON l.execution_log_file_id = e.log_file_id
       AND l.execution_log_offset = e.log_offset
     JOIN pgtrawl.query_plans AS p ON p.log_file_id = l.log_file_id AND p.log_offset = l.log_offset
     WHERE e.nesting = 0 AND p.ran GROUP BY 1) AS x),
  -- Queries that the executor runs itself, with a plan for each call: their times can be compared
  -- with pg_stat_statements, which takes those of utilities around them.
  'exec_ms', (SELECT coalesce(json_object_agg(native_query_id, json_build_array(n, ms)), '{}') FROM (
     SELECT native_query_id, count(*) AS n, sum(plan_ms) AS ms
     FROM pgtrawl.query_executions AS e JOIN pgtrawl.queries AS q ON q.id = e.query_id
     WHERE nesting = 0 AND sqlstate IS NULL AND native_query_id <> 0 AND e.statements = 1
     GROUP BY native_query_id
     HAVING count(plan_ms) = count(*)
       AND bool_and(statement_kind IN ('select', 'insert', 'update', 'delete', 'merge')
         -- SELECT INTO is a utility.
         AND NOT (statement_kind = 'select' AND normalized_sql ~ ' into '))) AS x),
  'rejects', (SELECT coalesce(json_agg(reason ORDER BY log_file_id, log_offset), '[]')
     FROM pgtrawl.rejected_records)
);
