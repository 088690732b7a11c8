-- The schema of the fixtures: a small shop. Everything in it is the same on every run.
SELECT setseed(0.42);
CREATE TABLE customer (
  id integer PRIMARY KEY,
  email text NOT NULL UNIQUE,
  country text NOT NULL,
  joined date NOT NULL
);
CREATE TABLE product (
  id integer PRIMARY KEY,
  name text NOT NULL,
  price numeric(10, 2) NOT NULL CHECK (price >= 0),
  stock integer NOT NULL
);
CREATE TABLE purchase (
  id serial PRIMARY KEY,
  customer_id integer NOT NULL,
  state text NOT NULL,
  placed_at timestamptz NOT NULL,
  total numeric(12, 2) NOT NULL DEFAULT 0
);
CREATE TABLE purchase_line (
  purchase_id integer NOT NULL,
  line_no smallint NOT NULL,
  product_id integer NOT NULL,
  quantity integer NOT NULL,
  PRIMARY KEY (purchase_id, line_no)
);
INSERT INTO customer
  SELECT i, 'customer' || i || '@example.org', (ARRAY['FI', 'IN', 'BR', 'DE', 'JP'])[1 + i % 5],
    date '2020-01-01' + i % 1500
  FROM generate_series(1, 4000) AS i;
INSERT INTO product
  SELECT i, 'product ' || md5(i::text), (random() * 200)::numeric(10, 2), 1000
  FROM generate_series(1, 500) AS i;
INSERT INTO purchase (customer_id, state, placed_at, total)
  SELECT 1 + (random() * 3999)::int, (ARRAY['new', 'paid', 'sent', 'sent', 'sent'])[1 + i % 5],
    timestamptz '2025-01-01 00:00:00Z' + i * interval '7 minutes', (random() * 900)::numeric(12, 2)
  FROM generate_series(1, 12000) AS i;
INSERT INTO purchase_line
  SELECT p, l, 1 + (random() * 499)::int, 1 + (random() * 4)::int
  FROM generate_series(1, 12000) AS p, generate_series(1, 2) AS l;
-- Added to full tables: a check for every inserted row would fill the log with nested plans.
ALTER TABLE purchase ADD FOREIGN KEY (customer_id) REFERENCES customer;
ALTER TABLE purchase_line ADD FOREIGN KEY (purchase_id) REFERENCES purchase ON DELETE CASCADE;
ALTER TABLE purchase_line ADD FOREIGN KEY (product_id) REFERENCES product;
CREATE FUNCTION purchase_total(wanted integer) RETURNS numeric LANGUAGE sql STABLE AS $$
  SELECT coalesce(sum(l.quantity * p.price), 0)
  FROM purchase_line AS l JOIN product AS p ON p.id = l.product_id
  WHERE l.purchase_id = wanted
$$;
CREATE FUNCTION refresh_total(wanted integer) RETURNS numeric LANGUAGE plpgsql AS $$
DECLARE
  found_total numeric;
BEGIN
  SELECT purchase_total(wanted) INTO found_total;
  UPDATE purchase SET total = found_total WHERE id = wanted;
  RETURN found_total;
END
$$;
ANALYZE;
