-- All tables of the store in a canonical order, a line a row, for psql. Left out: times of import,
-- where a file was last seen (path, device, inode), the list of migrations, and which hours
-- were touched how often.
-- With `-v sums=1` a line a table instead: rows, and a sum of the rows' hashes.
-- With `-v analysis=1` the tables that are derived instead of those that were captured, without the
-- numbers by which changes are noticed.
\if :{?analysis} \else \set analysis 0
\endif
SET timezone = 'UTC';
SET extra_float_digits = 1;
SET work_mem = '256MB';
SELECT format(
    CASE WHEN :'sums' = '1' THEN
      'SELECT %2$L, count(*), sum(hashtextextended(row_text, 0)::numeric) FROM (SELECT %1$s::text AS row_text FROM pgtrawl.%2$I AS t) AS r'
    ELSE
      'SELECT %2$L, %1$s FROM pgtrawl.%2$I AS t ORDER BY (%1$s)::text COLLATE "C"'
    END,
    format('(to_jsonb(t) - %L::text[])', CASE
      WHEN c.relname ~ '^(analyzed|recommended)_' THEN '{changes,files,plans,version,versions,mark}'
      WHEN c.relname = 'recommendations' THEN '{generated_at}'
      ELSE '{created_at,registered_at,imported_at,forgotten_at,rejected_at,noted_at,path,device,inode,attempt_offset,attempt_level}'
    END),
    c.relname)
  FROM pg_class AS c
  WHERE c.relnamespace = 'pgtrawl'::regnamespace AND c.relkind IN ('r', 'p') AND NOT c.relispartition
    AND c.relname !~ 'migration|file_hours|gzip_points'
    AND (:'analysis' = '1') = (c.relname ~ '^(analy|recommend|query_(rollups|bursts|analysis|regressions)|plan_changes|workload_findings|finding_rollups|session_transactions|heavy_runs|minute_loads)')
  ORDER BY c.relname COLLATE "C"
\gexec
