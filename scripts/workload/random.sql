-- What the random workload runs on: a set of objects for each session, so that sessions do not wait
-- for each other, and what they share.
CREATE TABLE big AS SELECT g AS v, md5(g::text) AS pad FROM generate_series(1, 20000) AS g;
ANALYZE big;
CREATE TABLE seen (what text);

CREATE FUNCTION pl_plain(n int) RETURNS int LANGUAGE plpgsql AS $$
DECLARE found_rows int;
BEGIN
  SELECT count(*) AS n9001 INTO found_rows FROM generate_series(1, n);
  PERFORM v AS n9002 FROM big WHERE v = n;
  RETURN found_rows;
END $$;
CREATE FUNCTION pl_deep(n int) RETURNS int LANGUAGE plpgsql AS $$
BEGIN
  PERFORM pl_plain(n) AS n9003;
  RETURN n;
END $$;
CREATE FUNCTION in_sql(n int) RETURNS bigint LANGUAGE sql VOLATILE SET work_mem = '4MB' AS $$
  SELECT count(*) AS n9004 FROM generate_series(1, n)
$$;
CREATE FUNCTION pl_fails(n int) RETURNS int LANGUAGE plpgsql AS $$
BEGIN
  PERFORM v AS n9005 FROM big WHERE v = n;
  RAISE EXCEPTION 'no %, that is "wrong"', n;
END $$;
CREATE FUNCTION pl_cursor(name refcursor, n int) RETURNS refcursor LANGUAGE plpgsql AS $$
BEGIN
  OPEN name FOR SELECT g AS q9006 FROM generate_series(1, n) AS g;
  RETURN name;
END $$;
CREATE PROCEDURE pl_procedure(n int) LANGUAGE plpgsql AS $$
BEGIN
  PERFORM v AS n9007 FROM big WHERE v = n;
  PERFORM pl_plain(n) AS n9008;
END $$;
CREATE FUNCTION forge(message text) RETURNS void LANGUAGE plpgsql AS $$
BEGIN
  RAISE LOG '%', message;
END $$;
CREATE FUNCTION on_insert() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  INSERT INTO seen AS n9010 VALUES (TG_TABLE_NAME);
  RETURN NULL;
END $$;

SELECT format($sql$
  CREATE TABLE plain_%1$s (id serial PRIMARY KEY, v int, note text);
  INSERT INTO plain_%1$s (v, note) SELECT g, 'note ' || g FROM generate_series(1, 200) AS g;
  CREATE TABLE watched_%1$s (id serial, v int);
  CREATE TRIGGER watch AFTER INSERT ON watched_%1$s FOR EACH ROW EXECUTE FUNCTION on_insert();
  CREATE TABLE child_%1$s (parent int REFERENCES plain_%1$s);
  CREATE TABLE once_%1$s (v int UNIQUE DEFERRABLE INITIALLY DEFERRED);
  INSERT INTO once_%1$s VALUES (1);
$sql$, n) FROM generate_series(1, 4) AS n \gexec

SELECT format($sql$
  CREATE FUNCTION series_%1$s(int, int) RETURNS SETOF int LANGUAGE internal STRICT IMMUTABLE PARALLEL SAFE
    AS 'generate_series_int4';
  CREATE DOMAIN type_%1$s AS int;
$sql$, mark) FROM (
  SELECT session || to_char(template, 'FM00') || variant AS mark
  FROM generate_series(1, 4) AS session, generate_series(0, 49) AS template, generate_series(0, 1) AS variant) AS m
\gexec
