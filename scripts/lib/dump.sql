-- All tables of the store in a canonical order, a line a row, for psql. Left out: times of import,
-- where a file was last seen (path, device, inode), the list of migrations, and which hours
-- were touched how often.
-- With `-v sums=1` a line a table instead: rows, and a sum of the rows' hashes.
SET timezone = 'UTC';
SET extra_float_digits = 1;
SET work_mem = '256MB';
SELECT format(
    CASE WHEN :'sums' = '1' THEN
      'SELECT %2$L, count(*), sum(hashtextextended(row_text, 0)::numeric) FROM (SELECT %1$s::text AS row_text FROM pgtrawl.%2$I AS t) AS r'
    ELSE
      'SELECT %2$L, %1$s FROM pgtrawl.%2$I AS t ORDER BY (%1$s)::text COLLATE "C"'
    END,
    '(to_jsonb(t) - ''{created_at,registered_at,imported_at,forgotten_at,rejected_at,noted_at,path,device,inode,attempt_offset,attempt_level}''::text[])',
    c.relname)
  FROM pg_class AS c
  WHERE c.relnamespace = 'pgtrawl'::regnamespace AND c.relkind IN ('r', 'p') AND NOT c.relispartition
    AND c.relname !~ 'migration|file_hours|gzip_points'
  ORDER BY c.relname COLLATE "C"
\gexec
