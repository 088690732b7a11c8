-- Tables that the cases of scripts/plan-fixtures look at.
CREATE EXTENSION file_fdw;
CREATE TABLE ev AS SELECT i AS id, i % 1000 AS a, i % 1000 AS b, (i * 7) % 1000 AS c, i % 10 AS kind,
  (i % 100 = 0)::int AS st, md5(i::text) AS h, timestamptz '2025-01-01' + i * interval '1 minute' AS at,
  repeat('x', 100) AS pay FROM generate_series(1, 200000) i;
ALTER TABLE ev ADD PRIMARY KEY (id);
CREATE INDEX ev_kind ON ev (kind);
CREATE INDEX ev_a ON ev (a);
CREATE TABLE ref AS SELECT i AS id, i % 50 AS grp, 'name ' || i AS name FROM generate_series(1, 1000) i;
ALTER TABLE ref ADD PRIMARY KEY (id);
CREATE TABLE mid AS SELECT (i * 37) % 5000 AS k, i % 100 AS v, 'text ' || i AS t FROM generate_series(1, 5000) i;
CREATE TABLE corr AS SELECT i AS id, i % 20 AS a, i % 20 AS b, i % 20 AS c, repeat('y', 40) AS pad
  FROM generate_series(1, 200000) i;
CREATE TABLE keys AS SELECT (i * 7919) % 20000 AS k FROM generate_series(1, 40000) i;
ALTER TABLE keys ALTER k SET (n_distinct = 10);
CREATE TABLE cov AS SELECT (i * 7919) % 100003 AS k, i AS v, repeat('w', 150) AS pad
  FROM generate_series(1, 100000) i;
CREATE INDEX cov_k ON cov (k);
CREATE TABLE docs AS SELECT 'alpha beta ' || i AS t FROM generate_series(1, 5000) i;
CREATE INDEX docs_t ON docs USING gin (to_tsvector('simple', t));
CREATE TABLE parts (d date, v int) PARTITION BY RANGE (d);
DO $$ BEGIN FOR m IN 1..12 LOOP EXECUTE format(
  'CREATE TABLE parts_%s PARTITION OF parts FOR VALUES FROM (%L) TO (%L)', to_char(m, 'FM00'),
  make_date(2025, m, 1), make_date(2025, m, 1) + interval '1 month'); END LOOP; END $$;
INSERT INTO parts SELECT date '2025-01-01' + i % 365, i FROM generate_series(1, 40000) i;
CREATE SERVER files FOREIGN DATA WRAPPER file_fdw;
CREATE FOREIGN TABLE numbers (id int) SERVER files OPTIONS (program 'seq 1 20000');
CREATE TABLE wide AS SELECT i AS k, repeat('w', 800) AS pad FROM generate_series(1, 100000) i;
CREATE TABLE sink (id int PRIMARY KEY, a int, h text, t text);
CREATE INDEX ON sink (a);
CREATE INDEX ON sink (h);
CREATE INDEX ON sink (t);
CREATE TABLE parent AS SELECT i AS id FROM generate_series(1, 1000) i;
ALTER TABLE parent ADD PRIMARY KEY (id);
CREATE TABLE child AS SELECT i AS id, 500 + i % 500 AS parent_id FROM generate_series(1, 200000) i;
ALTER TABLE child ADD FOREIGN KEY (parent_id) REFERENCES parent;
CREATE TABLE parent2 (LIKE parent INCLUDING ALL);
INSERT INTO parent2 TABLE parent;
CREATE TABLE child2 AS TABLE child;
CREATE INDEX child2_parent ON child2 (parent_id);
ALTER TABLE child2 ADD FOREIGN KEY (parent_id) REFERENCES parent2;
CREATE TABLE watched (id int);
CREATE FUNCTION watch() RETURNS trigger LANGUAGE plpgsql AS
  $$ BEGIN PERFORM pg_sleep(0.002); RETURN NULL; END $$;
CREATE TRIGGER watch_insert AFTER INSERT ON watched FOR EACH ROW EXECUTE FUNCTION watch();
CREATE FUNCTION many(n int) RETURNS SETOF int LANGUAGE plpgsql AS
  $$ BEGIN RETURN QUERY SELECT g FROM generate_series(1, n) g; END $$;
CREATE FUNCTION many_known(n int) RETURNS SETOF int LANGUAGE plpgsql ROWS 150000 AS
  $$ BEGIN RETURN QUERY SELECT g FROM generate_series(1, n) g; END $$;
CREATE FUNCTION many_few(n int) RETURNS SETOF int LANGUAGE plpgsql ROWS 10 AS
  $$ BEGIN RETURN QUERY SELECT g FROM generate_series(1, n) g; END $$;
CREATE FUNCTION slow_test(n int) RETURNS boolean LANGUAGE plpgsql AS
  $$ BEGIN FOR i IN 1..2000 LOOP NULL; END LOOP; RETURN n % 2 = 0; END $$;
CREATE FUNCTION sleeps(n int) RETURNS boolean LANGUAGE plpgsql PARALLEL SAFE COST 1 AS
  $$ BEGIN PERFORM pg_sleep(1.0); RETURN true; END $$;
VACUUM ANALYZE;
-- Behind the VACUUM and without statistics: what those would repair.
CREATE TABLE skew AS SELECT 1 AS k, repeat('z', 30) AS pad FROM generate_series(1, 40000);
CREATE TABLE unseen AS SELECT i AS id FROM generate_series(1, 50000) i;
CREATE INDEX unseen_id ON unseen (id);
CREATE TABLE bloat AS SELECT (i * 7919) % 100003 AS k, i, repeat('b', 200) AS pad
  FROM generate_series(1, 100000) i;
CREATE INDEX bloat_k ON bloat (k);
ANALYZE bloat;
DELETE FROM bloat WHERE i % 100 <> 0;
CREATE TABLE stale AS SELECT i AS id, repeat('s', 3900) AS pad FROM generate_series(1, 100) i;
ALTER TABLE stale ALTER pad SET STORAGE PLAIN;
UPDATE stale SET pad = repeat('t', 3900);
VACUUM FULL ANALYZE stale;
INSERT INTO stale SELECT i, '' FROM generate_series(1, 100000) i;
CREATE TABLE hints AS SELECT i, repeat('h', 300) AS pad FROM generate_series(1, 100000) i;
CREATE TABLE fresh (i int, pad text);
INSERT INTO fresh SELECT i, repeat('f', 300) FROM generate_series(1, 100000) i;
CREATE TABLE fresh2 (i int, pad text);
INSERT INTO fresh2 SELECT i, repeat('f', 500) FROM generate_series(1, 100000) i;
