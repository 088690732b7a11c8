-- Takes the samples away, texts included; executions keep their figures, parameters and errors.
-- Locks:     ACCESS EXCLUSIVE on query_samples and its view.
-- Backfills: nothing.
-- Undone by: 0005_create_samples.up.sql, which brings the rows back without their texts.

DROP VIEW pgtrawl.samples;
DROP FUNCTION pgtrawl.verify();
DROP FUNCTION pgtrawl.verify_samples();
ALTER FUNCTION pgtrawl.verify_facts() RENAME TO verify;
COMMENT ON FUNCTION pgtrawl.verify() IS 'One row a breach of the invariants, none on a healthy store';
DROP FUNCTION pgtrawl.forget_range(bigint, bigint, bigint);
ALTER FUNCTION pgtrawl.forget_facts(bigint, bigint, bigint) RENAME TO forget_range;
DROP FUNCTION pgtrawl.forget_samples(bigint);
DROP FUNCTION pgtrawl.write_samples(
  integer, bigint[], timestamptz[], bigint[], bigint[], text[], bigint[], bigint[],
  double precision[], bigint[], bigint[], bigint[], bigint[], timestamptz[], bigint[], bigint[],
  bigint[], timestamptz[], bigint[], bigint[]);
DROP FUNCTION pgtrawl.refill_samples(integer, bigint[], date[]);
DROP FUNCTION pgtrawl.prune_samples(integer, bigint[], date[]);
DROP FUNCTION pgtrawl.first_samples(integer, bigint[]);
DROP FUNCTION pgtrawl.sample_parameters(text[]);
DROP FUNCTION pgtrawl.slow_samples_max();
DROP TABLE pgtrawl.query_samples;
