/// The findings of the plans of an hour, summed up: $1 is the source, $2 the hour.
enum FindingSQL {
  /// Inserts the sums of an hour that has none. A rule counts once a plan, whatever it found it at.
  static let insert = """
    WITH p AS MATERIALIZED (
      SELECT a.query_id, coalesce(a.plan_id, 0) AS plan_id, a.log_file_id, a.log_offset,
        coalesce(a.execution_time_ms, 0) AS ms, a.index_scan_detected, a.findings
      FROM pgtrawl.query_analysis a
      WHERE a.source_id = $1 AND a.executed_at >= $2
        AND a.executed_at < $2::timestamptz + interval '1 hour'
    ), found AS (
      SELECT p.query_id, p.plan_id, p.log_file_id, p.log_offset, p.ms, j.value->>'rule' AS rule,
        left(coalesce(j.value->>'ddl', j.value->>'node', ''), 1000) AS subject,
        (j.value->>'saving_ms')::float8 AS saving_ms, (j.value->>'confidence')::float8 AS confidence,
        array_position(\(severities), j.value->>'severity') AS rank,
        j.value - '{symptoms}'::text[]
          || jsonb_build_object('plan', p.log_file_id || '-' || p.log_offset) AS finding
      FROM p CROSS JOIN LATERAL jsonb_array_elements(p.findings) j
    ), once AS (
      SELECT DISTINCT ON (f.query_id, f.plan_id, f.rule, f.subject, f.log_file_id, f.log_offset) f.*
      FROM found f
      ORDER BY f.query_id, f.plan_id, f.rule, f.subject, f.log_file_id, f.log_offset,
        f.saving_ms DESC, f.finding::text
    )
    INSERT INTO pgtrawl.finding_rollups (source_id, hour, query_id, plan_id, rule, subject, plans,
      total_ms, saving_ms, severity, confidence, has_index, example_ms, example)
    SELECT $1::int, $2::timestamptz, query_id, plan_id, '', '', count(*), sum(ms::numeric)::float8, 0, NULL,
      NULL, bool_or(index_scan_detected), NULL::float8, NULL::jsonb
    FROM p GROUP BY query_id, plan_id
    UNION ALL
    SELECT $1::int, $2::timestamptz, query_id, plan_id, rule, subject, count(*),
      sum(ms::numeric)::float8, sum(saving_ms::numeric)::float8, (\(severities))[max(rank)],
      max(confidence), false, max(saving_ms),
      (array_agg(finding ORDER BY saving_ms DESC, log_file_id, log_offset))[1]
    FROM once GROUP BY query_id, plan_id, rule, subject
    """

  /// SQL for the severities, the least first.
  static let severities = "ARRAY['info', 'low', 'medium', 'high', 'critical']"
}
