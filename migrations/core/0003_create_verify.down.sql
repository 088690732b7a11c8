-- Takes the checks away; no row is touched.
-- Locks:     nothing but the functions.
-- Backfills: nothing.
-- Undone by: 0003_create_verify.up.sql.

DROP FUNCTION pgtrawl.forget_range(bigint, bigint, bigint);
DROP FUNCTION pgtrawl.verify();
