-- Takes the functions over sketches away.
-- Locks:     nothing but the functions.
-- Backfills: nothing.
-- Undone by: 0002_create_sketches.up.sql.

DROP AGGREGATE pgtrawl.merge_sketches(bytea);
DROP FUNCTION pgtrawl.sketch_quantile(bytea, double precision);
DROP FUNCTION pgtrawl.sketch_quantiles(bytea, double precision[]);
DROP FUNCTION pgtrawl.sketch_count(bytea);
DROP FUNCTION pgtrawl.sketch_join(bytea, bytea);
DROP FUNCTION pgtrawl.sketch_normal(bytea);
DROP FUNCTION pgtrawl.sketch_entries(bytea);
DROP FUNCTION pgtrawl.sketch_entry(integer, bigint);
DROP FUNCTION pgtrawl.sketch_value(integer);
DROP FUNCTION pgtrawl.sketch_bucket(double precision);
