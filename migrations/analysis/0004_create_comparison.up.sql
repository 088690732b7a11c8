-- Comparing two stretches of time, query by query.
-- Locks:     nothing that exists: every object is new.
-- Backfills: nothing.
-- Undone by: 0004_create_comparison.down.sql.

-- What is new, gone, slower, faster, asked more or less often in the window than in the baseline; what did
-- not change is left out. Bounds are taken down to whole hours; figures are per day, over the hours that
-- have logs. `why` is what the log shows as the cause; `delta_share` is the change as part of all time of
-- the baseline. Slower and faster: by 1.3 in the geometric mean, with less than 0.1 % of chance.
CREATE FUNCTION pgtrawl.compare(
  baseline_from timestamptz, baseline_until timestamptz, window_from timestamptz, window_until timestamptz,
  source text DEFAULT NULL, database text DEFAULT NULL, "user" text DEFAULT NULL, application text DEFAULT NULL
) RETURNS TABLE (
  query_id bigint, change text, why text, delta_ms double precision, delta_share double precision,
  calls_before double precision, calls_after double precision, total_before_ms double precision,
  total_after_ms double precision, mean_before_ms double precision, mean_after_ms double precision,
  ratio double precision, p95_before_ms double precision, p95_after_ms double precision,
  rows_ratio double precision, lock_wait_before_ms double precision, lock_wait_after_ms double precision,
  plan_changes bigint, is_lower_bound boolean
)
LANGUAGE sql STABLE SET search_path = pg_catalog, pgtrawl, pg_temp AS $$
WITH span (after, low, high) AS (
  VALUES (false, date_trunc('hour', baseline_from, 'UTC'), date_trunc('hour', baseline_until, 'UTC')),
         (true, date_trunc('hour', window_from, 'UTC'), date_trunc('hour', window_until, 'UTC'))
), chosen AS MATERIALIZED (
  SELECT s.id FROM sources s WHERE compare.source IS NULL OR s.name = compare.source
), days AS (
  SELECT s.after, count(DISTINCT a.hour) / 24.0::float8 AS n
  FROM span s JOIN analyzed_hours a ON a.hour >= s.low AND a.hour < s.high
  WHERE a.source_id IN (SELECT c.id FROM chosen c) GROUP BY 1
), summed AS (
  SELECT r.query_id, s.after, sum(r.calls)::float8 AS calls, sum(r.timed)::float8 AS timed,
    sum(r.total_ms::numeric)::float8 AS total_ms, sum(r.ln_count)::float8 AS n,
    sum(r.ln_sum::numeric)::float8 AS ln_sum, sum(r.ln_squares::numeric)::float8 AS ln_squares,
    sum(r.row_count)::float8 / nullif(sum(r.rows_known), 0)::float8 AS rows_a_run,
    sum(r.lock_wait_ms::numeric)::float8 AS lock_ms, bool_or(r.is_lower_bound) AS is_lower_bound,
    merge_sketches(r.sketch) AS sketch
  FROM span s JOIN query_rollups r ON r.hour >= s.low AND r.hour < s.high
  WHERE r.source_id IN (SELECT c.id FROM chosen c) AND NOT r.nested AND r.query_id <> 0
    AND (compare.database IS NULL OR r.database_name = compare.database)
    AND (compare."user" IS NULL OR r.user_name = compare."user")
    AND (compare.application IS NULL OR r.application_name = compare.application)
  GROUP BY 1, 2
), told AS (
  SELECT s.*, d.n AS days, s.ln_sum / nullif(s.n, 0) AS ln_mean,
    greatest(0, s.ln_squares - s.ln_sum ^ 2 / nullif(s.n, 0)) / nullif(s.n - 1, 0) / nullif(s.n, 0) AS ln_error
  FROM summed s JOIN days d ON d.after = s.after
), pair AS (
  SELECT coalesce(a.query_id, b.query_id) AS query_id,
    coalesce(b.calls / b.days, 0) AS calls_before, coalesce(a.calls / a.days, 0) AS calls_after,
    coalesce(b.total_ms / b.days, 0) AS total_before, coalesce(a.total_ms / a.days, 0) AS total_after,
    b.total_ms / nullif(b.timed, 0) AS mean_before, a.total_ms / nullif(a.timed, 0) AS mean_after,
    exp(a.ln_mean - b.ln_mean) AS ratio,
    a.n >= 5 AND b.n >= 5
      AND abs(a.ln_mean - b.ln_mean) >= 3.29 * sqrt(a.ln_error + b.ln_error) AS is_sure,
    sketch_quantile(b.sketch, 0.95) AS p95_before, sketch_quantile(a.sketch, 0.95) AS p95_after,
    a.rows_a_run / nullif(b.rows_a_run, 0) AS rows_ratio,
    coalesce(b.lock_ms / nullif(b.timed, 0), 0) AS lock_before,
    coalesce(a.lock_ms / nullif(a.timed, 0), 0) AS lock_after,
    (SELECT count(*) FROM plan_changes p JOIN span w ON w.after
     WHERE p.query_id = coalesce(a.query_id, b.query_id) AND p.source_id IN (SELECT c.id FROM chosen c)
       AND p.changed_at >= w.low AND p.changed_at < w.high) AS plan_changes,
    coalesce(a.is_lower_bound, false) OR coalesce(b.is_lower_bound, false) AS is_lower_bound
  FROM (SELECT * FROM told WHERE after) a
  FULL JOIN (SELECT * FROM told WHERE NOT after) b ON b.query_id = a.query_id
), judged AS (
  SELECT p.*, CASE
      WHEN p.calls_before = 0 AND p.calls_after > 0 THEN 'new'
      WHEN p.calls_after = 0 AND p.calls_before > 0 THEN 'gone'
      WHEN p.is_sure AND p.ratio >= 1.3 THEN 'slower'
      WHEN p.is_sure AND p.ratio <= 1 / 1.3 THEN 'faster'
      WHEN p.calls_after >= 1.5 * p.calls_before THEN 'more calls'
      WHEN p.calls_after * 1.5 <= p.calls_before THEN 'fewer calls'
    END AS change,
    sum(p.total_before) OVER () AS all_before
  FROM pair p
)
SELECT j.query_id, j.change, CASE
    WHEN j.change NOT IN ('slower', 'faster') THEN j.change
    WHEN j.plan_changes > 0 THEN 'plan changed'
    WHEN j.change = 'slower' AND j.lock_after - j.lock_before >= 0.5 * (j.mean_after - j.mean_before)
      AND j.lock_after > j.lock_before THEN 'lock waits'
    WHEN j.change = 'slower' AND j.rows_ratio >= 1.25 AND j.ratio / j.rows_ratio < 1.3 THEN 'more rows'
    WHEN j.change = 'faster' AND j.rows_ratio <= 0.8 AND j.ratio / j.rows_ratio > 1 / 1.3 THEN 'fewer rows'
    ELSE 'unknown' END,
  j.total_after - j.total_before, (j.total_after - j.total_before) / nullif(j.all_before, 0),
  j.calls_before, j.calls_after, j.total_before, j.total_after, j.mean_before, j.mean_after, j.ratio,
  j.p95_before, j.p95_after, j.rows_ratio, j.lock_before, j.lock_after, j.plan_changes, j.is_lower_bound
FROM judged j WHERE j.change IS NOT NULL
ORDER BY abs(j.total_after - j.total_before) DESC, j.query_id
$$;
COMMENT ON FUNCTION pgtrawl.compare(
  timestamptz, timestamptz, timestamptz, timestamptz, text, text, text, text) IS
  'What changed between two stretches of time, query by query, greatest difference first';
