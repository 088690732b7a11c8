-- Numbers the files of a store by their first log times, whatever order they were read in, so that two
-- stores can be compared. Of the state of open sessions, which names files inside, the length is kept.
BEGIN;
-- What refers to a file gets its number before the file does.
SET LOCAL session_replication_role = replica;
CREATE TEMPORARY TABLE numbers ON COMMIT DROP AS
  SELECT id AS old, -1000000 - row_number() OVER (ORDER BY first_log_time, head_hash) AS new
  FROM pgtrawl.log_files;
DO $$
DECLARE
  part record;
BEGIN
  FOR part IN
    SELECT c.relname, a.attname
    FROM pg_class c JOIN pg_attribute a ON a.attrelid = c.oid
    WHERE c.relnamespace = 'pgtrawl'::regnamespace AND c.relkind IN ('r', 'p')
      AND NOT c.relispartition AND a.attname ~ '(^|_)(log_file_id|first_file_id)$'
  LOOP
    EXECUTE format('UPDATE pgtrawl.%I t SET %2$I = n.new FROM numbers n WHERE t.%2$I = n.old',
                   part.relname, part.attname);
  END LOOP;
END $$;
UPDATE pgtrawl.open_sessions o SET
  log_file_ids = (SELECT array_agg(n.new ORDER BY n.new DESC)
                  FROM unnest(o.log_file_ids) i JOIN numbers n ON n.old = i),
  text_hashes = ARRAY(SELECT h FROM unnest(o.text_hashes) h ORDER BY h),
  query_ids = ARRAY(SELECT q FROM unnest(o.query_ids) q ORDER BY q),
  state = int8send(length(o.state)), head = int8send(length(o.head));
UPDATE pgtrawl.log_files f SET id = n.new, epoch = 0 FROM numbers n WHERE f.id = n.old;
COMMIT;
