-- Sketches of durations in SQL: building, merging, quantiles.
-- Locks:     nothing that exists: every object is new.
-- Backfills: nothing.
-- Undone by: 0002_create_sketches.down.sql.
--
-- A sketch is eight bytes a bucket, ascending: two of the bucket's number (signed), six of its count, big-endian.
-- Bucket i holds durations above g^(i-1) and up to g^i ms, ln g = 0.020000666706669525, so that its value
-- 2 g^i / (g + 1) is at most 1 % from all of them; bucket -32768 holds 0. Sketches behind each other are
-- the sum of both, which sketch_normal() brings into its one form.

CREATE FUNCTION pgtrawl.sketch_bucket(ms double precision) RETURNS integer
LANGUAGE sql IMMUTABLE PARALLEL SAFE AS $$
SELECT CASE WHEN ms > 0 AND ms < 'infinity'
  THEN greatest(-32000, least(32000, ceil(ln(ms) / 0.020000666706669525::float8)))::int
  WHEN ms > 0 AND ms = 'infinity' THEN 32000
  WHEN ms IS NOT NULL THEN -32768 END
$$;
COMMENT ON FUNCTION pgtrawl.sketch_bucket(double precision) IS 'The bucket of a duration in ms';

CREATE FUNCTION pgtrawl.sketch_value(bucket integer) RETURNS double precision
LANGUAGE sql IMMUTABLE PARALLEL SAFE AS $$
SELECT CASE WHEN bucket = -32768 THEN 0
  ELSE 2 * exp(bucket * 0.020000666706669525::float8) / (exp(0.020000666706669525::float8) + 1) END
$$;
COMMENT ON FUNCTION pgtrawl.sketch_value(integer) IS 'The duration in ms that stands for a bucket';

CREATE FUNCTION pgtrawl.sketch_entry(bucket integer, n bigint) RETURNS bytea
LANGUAGE sql IMMUTABLE PARALLEL SAFE AS $$
SELECT int8send(bucket::bigint * 281474976710656 + least(n, 140737488355327))
$$;
COMMENT ON FUNCTION pgtrawl.sketch_entry(integer, bigint) IS
  'One bucket of a sketch: string_agg(sketch_entry(bucket, n), '''' ORDER BY bucket) is a sketch';

CREATE FUNCTION pgtrawl.sketch_entries(sketch bytea) RETURNS TABLE (bucket integer, n bigint)
LANGUAGE sql IMMUTABLE STRICT PARALLEL SAFE ROWS 100 SET search_path = pg_catalog, pg_temp AS $$
SELECT (e.entry >> 48)::int, e.entry & 281474976710655
FROM (
  SELECT ('x' || encode(substr(s.flat, i * 8 + 1, 8), 'hex'))::bit(64)::bigint AS entry
  -- Joined to nothing, so that it is read into memory once and not once a bucket.
  FROM (SELECT sketch || ''::bytea AS flat OFFSET 0) s
  CROSS JOIN LATERAL generate_series(0, octet_length(s.flat) / 8 - 1) i
) e
$$;
COMMENT ON FUNCTION pgtrawl.sketch_entries(bytea) IS 'The buckets of a sketch and their counts, as they stand';

CREATE FUNCTION pgtrawl.sketch_normal(sketch bytea) RETURNS bytea
LANGUAGE sql IMMUTABLE STRICT PARALLEL SAFE SET search_path = pg_catalog, pgtrawl, pg_temp AS $$
SELECT coalesce(string_agg(sketch_entry(b.bucket, b.n), ''::bytea ORDER BY b.bucket), '')
FROM (SELECT e.bucket, sum(e.n)::bigint AS n FROM sketch_entries(sketch) e GROUP BY e.bucket) b
$$;
COMMENT ON FUNCTION pgtrawl.sketch_normal(bytea) IS 'Each bucket once, ascending';

-- The state is made short before it grows dear to copy.
CREATE FUNCTION pgtrawl.sketch_join(state bytea, more bytea) RETURNS bytea
LANGUAGE plpgsql IMMUTABLE STRICT PARALLEL SAFE SET search_path = pg_catalog, pgtrawl, pg_temp AS $$
BEGIN
  IF octet_length(state) > 65536 THEN
    RETURN sketch_normal(state) || more;
  END IF;
  RETURN state || more;
END $$;

CREATE AGGREGATE pgtrawl.merge_sketches(bytea) (
  SFUNC = pgtrawl.sketch_join, STYPE = bytea, INITCOND = '',
  FINALFUNC = pgtrawl.sketch_normal, COMBINEFUNC = pgtrawl.sketch_join, PARALLEL = SAFE
);
COMMENT ON AGGREGATE pgtrawl.merge_sketches(bytea) IS
  'The sketch of everything that the sketches hold, the same in whatever order';

CREATE FUNCTION pgtrawl.sketch_count(sketch bytea) RETURNS bigint
LANGUAGE sql IMMUTABLE STRICT PARALLEL SAFE SET search_path = pg_catalog, pgtrawl, pg_temp AS $$
SELECT coalesce(sum(e.n), 0)::bigint FROM sketch_entries(sketch) e
$$;
COMMENT ON FUNCTION pgtrawl.sketch_count(bytea) IS 'How many durations a sketch holds';

CREATE FUNCTION pgtrawl.sketch_quantiles(sketch bytea, parts double precision[])
RETURNS double precision[]
LANGUAGE sql IMMUTABLE STRICT PARALLEL SAFE SET search_path = pg_catalog, pgtrawl, pg_temp AS $$
WITH b AS MATERIALIZED (
  SELECT e.bucket, sum(sum(e.n)) OVER (ORDER BY e.bucket) AS upto, sum(sum(e.n)) OVER () AS total
  FROM sketch_entries(sketch) e GROUP BY e.bucket
)
SELECT array_agg((SELECT sketch_value(min(b.bucket)) FROM b
                  WHERE p.part BETWEEN 0 AND 1
                    AND b.upto >= greatest(1, ceil(p.part * b.total::float8)))
                 ORDER BY p.place)
FROM unnest(parts) WITH ORDINALITY p (part, place)
$$;
COMMENT ON FUNCTION pgtrawl.sketch_quantiles(bytea, double precision[]) IS
  'For each part (0 to 1) the duration in ms below or at which that part of all are, within 1 %; null without any';

CREATE FUNCTION pgtrawl.sketch_quantile(sketch bytea, part double precision) RETURNS double precision
LANGUAGE sql IMMUTABLE STRICT PARALLEL SAFE SET search_path = pg_catalog, pgtrawl, pg_temp AS $$
SELECT (sketch_quantiles(sketch, ARRAY[part]))[1]
$$;
COMMENT ON FUNCTION pgtrawl.sketch_quantile(bytea, double precision) IS
  'The duration in ms below or at which the part (0 to 1) of all are: sketch_quantile(merge_sketches(sketch), 0.99)';
