-- Executions and plans by the number, for psql: what the store holds already, again and again, one behind the
-- other over 48 hours. Variables: executions, plans.
\set ON_ERROR_STOP on
SET synchronous_commit = off;
SELECT pgtrawl.ensure_partition('2026-03-01');
INSERT INTO pgtrawl.log_files (id, source_id, path, epoch, head_length, head_hash, anchor_length, anchor_hash, crc)
SELECT 1000, min(id), 'bench.csv', 1, 0, '', 0, '', 0 FROM pgtrawl.sources;
CREATE TEMP TABLE e AS SELECT row_number() OVER (ORDER BY executed_at, log_file_id, log_offset) - 1 AS n_, x.*
  FROM pgtrawl.query_executions x WHERE settled;
CREATE TEMP TABLE p AS SELECT row_number() OVER (ORDER BY executed_at, log_file_id, log_offset) - 1 AS n_, x.*
  FROM pgtrawl.query_plans x;
CREATE UNIQUE INDEX ON e (n_);
CREATE UNIQUE INDEX ON p (n_);
ANALYZE e;
ANALYZE p;
SELECT format(
    'INSERT INTO pgtrawl.%1$I (%2$s) SELECT %3$s FROM generate_series(0, %4$s - 1) i JOIN %5$I s ON s.n_ = i %% (SELECT count(*) FROM %5$I) ORDER BY i',
    t.name, string_agg(quote_ident(a.attname), ', ' ORDER BY a.attnum),
    string_agg(CASE a.attname
      WHEN 'log_file_id' THEN '1000'
      WHEN 'log_offset' THEN format('i * 1000::bigint + %s', t.shift)
      WHEN 'executed_at' THEN format('timestamptz ''2026-03-01 00:00+00'' + i * interval ''48 hours'' / %s', t.n)
      ELSE 's.' || quote_ident(a.attname) END, ', ' ORDER BY a.attnum),
    t.n, t.part)
  FROM (VALUES ('query_executions', 'e', :executions, 0), ('query_plans', 'p', :plans, 1)) t (name, part, n, shift)
  JOIN pg_attribute a ON a.attrelid = format('pgtrawl.%I', t.name)::regclass AND a.attnum > 0
    AND NOT a.attisdropped AND a.attgenerated = ''
  GROUP BY t.name, t.part, t.n, t.shift ORDER BY t.name
\gexec
SELECT pgtrawl.touch_hours(min(s.id), array_agg(1000::bigint), array_agg(timestamptz '2026-03-01 00:00+00' + h * interval '1 hour'))
  FROM (SELECT min(id) AS id FROM pgtrawl.sources) s, generate_series(0, 47) h;
VACUUM ANALYZE pgtrawl.query_executions, pgtrawl.query_plans;
