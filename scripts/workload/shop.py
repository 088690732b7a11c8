"""What the clients of the fixtures' shop do: `shop.py PART`, with PGHOST, PGPORT and PGUSER set.

Texts and their order are the same on every run. `first` and `second` avoid what PostgreSQL's log and
pg_stat_statements count differently (portals given up, BEGIN inside a message of several
statements), so that their log can be compared with its figures; `tour` has that too."""
import random
import sys
import threading
import time

from wire import ServerError, Session

TRACE = "/*action='%s',controller='%s',traceparent='00-%032x-%016x-01'*/"

SLOW = [
    # A selective condition without an index.
    "SELECT id, total FROM purchase WHERE total BETWEEN 411 AND 411.5",
    # A sort that does not fit into work_mem.
    "SELECT p.id, l.product_id FROM purchase p JOIN purchase_line l ON l.purchase_id = p.id "
    "ORDER BY l.quantity, md5(p.id::text) LIMIT 5",
    # A subquery that runs again for every row.
    "SELECT c.id, (SELECT count(*) FROM purchase p WHERE p.customer_id = c.id) AS purchases\n"
    "FROM customer c\nWHERE c.country = 'FI' AND c.id < 200",
    # Two conditions that say the same: the estimate is far too low.
    "SELECT count(*) FROM customer WHERE country = 'IN' AND id % 5 = 1 AND email LIKE 'customer%'",
    # NOT IN over a list that is filtered row by row.
    "SELECT count(*) FROM product WHERE id NOT IN (SELECT product_id FROM purchase_line "
    "WHERE quantity > 4)",
    # A function that runs a query for every row.
    "SELECT id, purchase_total(id) FROM purchase WHERE id <= 25",
    # Groups that go to disk.
    "SELECT customer_id, string_agg(state, ',' ORDER BY placed_at) FROM purchase "
    "GROUP BY customer_id HAVING count(*) > 9",
]


def orm(random_source, rounds):
    """Statements as an object mapper writes them."""
    session = Session("shop", "shop web")
    for turn in range(rounds):
        ids = sorted(random_source.sample(range(1, 4000), random_source.choice((1, 2, 3, 7, 12))))
        tag = TRACE % ("show", "cart", random_source.getrandbits(128), random_source.getrandbits(64))
        places = ", ".join("$%d" % (i + 1) for i in range(len(ids)))
        session.extended(
            'SELECT "customer"."id", "customer"."email"\n'
            'FROM "customer"\n'
            '  -- prefetch\n'
            f'WHERE "customer"."id" IN ({places}) {tag}', ids)
        session.extended(
            'SELECT "purchase"."id" AS t0_r0, "purchase"."total" AS t0_r1, "customer"."email" AS t1_r0\n'
            'FROM "purchase"\n'
            'LEFT OUTER JOIN "customer" ON "customer"."id" = "purchase"."customer_id"\n'
            'WHERE "purchase"."state" = $1 AND "purchase"."customer_id" = $2\n'
            'ORDER BY "purchase"."placed_at" DESC LIMIT $3',
            [random_source.choice(("new", "paid", "it's sent")), ids[0], 10])
        if turn % 4 == 0:
            session.simple(f"SELECT name FROM product WHERE id IN ({', '.join(map(str, ids[:5]))}) {tag}")
        if turn % 6 == 0:
            rows = ", ".join(f"({50000 + turn * 10 + i}, {i}, 1, 2)" for i in range(3))
            session.simple(f"INSERT INTO basket (id, line_no, product_id, quantity) VALUES {rows}")
    session.close()


def transactions(random_source, rounds):
    """A driver that prepares, with transaction blocks: plans that come after the next parse."""
    session = Session("shop", "checkout")
    session.parse("S_1", "SELECT id, email FROM customer WHERE id = $1")
    session.parse("S_2", "UPDATE product SET stock = stock - $1 WHERE id = $2")
    session.sync()
    for _ in range(rounds):
        session.extended("BEGIN")
        session.prepared("S_1", [random_source.randint(1, 4000)])
        session.prepared("S_2", [1, random_source.randint(1, 500)])
        session.extended("SELECT count(*) FROM purchase_line WHERE purchase_id = $1",
                         [random_source.randint(1, 12000)])
        session.extended("INSERT INTO audit (what, note) VALUES ($1, $2)",
                         ["checkout", random_source.choice(("žluťoučký kůň", None, 'a "b",\n\'c\''))])
        session.extended("COMMIT")
    # Bind and execute several times before one sync.
    for _ in range(3):
        session.bind("", "S_2", [2, random_source.randint(1, 500)])
        session.execute()
    session.bind("", "S_1", [77])
    session.execute()
    session.sync()
    session.close()


def cursors():
    """Cursors of SQL and of the protocol, and prepared statements of SQL."""
    session = Session("shop", "report batch")
    session.simple("BEGIN")
    session.simple("DECLARE every_purchase CURSOR FOR SELECT id, total FROM purchase WHERE id < 600")
    for _ in range(3):
        session.simple("FETCH 100 FROM every_purchase")
    session.simple("CLOSE every_purchase")
    session.simple("COMMIT")
    session.extended("BEGIN")
    session.parse("S_3", "SELECT id, name FROM product WHERE price < $1 ORDER BY id")
    session.bind("C_1", "S_3", [120])
    for _ in range(3):
        session.execute("C_1", 40)
        session.sync()
    session.execute("C_1")
    session.sync()
    session.close_portal("C_1")
    session.sync()
    session.extended("COMMIT")
    session.simple("PREPARE by_country (text) AS SELECT count(*) FROM customer WHERE country = $1")
    for country in ("FI", "IN", "BR", "FI"):
        session.simple(f"EXECUTE by_country ('{country}')")
    session.simple("DEALLOCATE by_country")
    session.simple("SELECT 1 AS one; SELECT 2 AS two, count(*) FROM product; UPDATE product SET stock = 900 WHERE id = 7")
    session.close()


def functions(rounds):
    """Nested statements: functions, a trigger's work, DO."""
    session = Session("shop", "totals")
    for i in range(1, rounds + 1):
        session.simple(f"SELECT refresh_total({i})")
        session.extended("SELECT purchase_total($1)", [i])
    session.simple("DO $$ BEGIN PERFORM refresh_total(3); UPDATE product SET stock = 1000 WHERE id = 3; END $$")
    session.simple("DELETE FROM purchase WHERE id BETWEEN 11990 AND 11992")
    session.close()


def errors():
    """Statements that fail, each in its own transaction."""
    session = Session("shop", "mistakes")
    session.failing("SELECT nothing FROM customer")
    session.failing("SELEC 1")
    session.failing("SELECT 1 / (id - 1) FROM customer WHERE id = 1")
    session.failing("SELECT 1 / ($1::int - 5)", 5)
    session.failing("INSERT INTO customer VALUES (1, 'a@example.org', 'FI', '2025-01-01')")
    session.failing("INSERT INTO purchase_line VALUES (999999, 1, 1, 1)")
    session.failing("UPDATE product SET price = $1 WHERE id = $2", -1, 4)
    session.failing("SELECT price FROM product WHERE name = 'x'::xml")
    session.simple("SET statement_timeout = '60ms'")
    session.failing("SELECT pg_sleep(5), 'too slow'")
    session.simple("RESET statement_timeout")
    session.failing("SELECT 1; SELECT 2 / 0; SELECT 3")
    session.close()
    lost = Session("shop", "gone")
    lost.simple("SELECT 'then the client is gone'")
    lost.drop()
    for database, user in (("no_such_database", None), ("shop", "no_such_role")):
        try:
            Session(database, "stranger", user=user)
        except ServerError:
            pass


def locks():
    """One session waits for another's row; two sessions lock each other out."""
    holder, waiter = Session("shop", "holder"), Session("shop", "waiter")
    holder.simple("BEGIN")
    holder.simple("UPDATE product SET stock = 500 WHERE id = 100")
    waiting = threading.Thread(
        target=waiter.simple, args=("UPDATE product SET stock = 501 WHERE id = 100",))
    waiting.start()
    time.sleep(0.4)
    holder.simple("COMMIT")
    waiting.join()
    holder.simple("BEGIN")
    holder.simple("UPDATE product SET stock = 1 WHERE id = 101")
    waiter.simple("BEGIN")
    waiter.simple("UPDATE product SET stock = 1 WHERE id = 102")

    def crosswise():
        try:
            waiter.simple("UPDATE product SET stock = 2 WHERE id = 101")
        except ServerError:
            pass

    waiting = threading.Thread(target=crosswise)
    waiting.start()
    time.sleep(0.05)
    try:
        holder.simple("UPDATE product SET stock = 2 WHERE id = 102")
    except ServerError:
        pass
    waiting.join()
    for session in (holder, waiter):
        session.simple("ROLLBACK")
        session.close()


def odd():
    """Statements whose text looks like a log."""
    session = Session("shop", 'odd "name", with comma')
    session.simple("SELECT '2025-09-01 10:00:00.000 UTC,\"a\",\"b\",1,\"[local]\",65a.1,1,\"x\"\n"
                   "2025-09-01 10:00:00.001 UTC,,,2,,65a.2,1' AS text")
    session.simple("SELECT 'duration: 1.000 ms  plan:\n{\"Query Text\": \"SELECT 1\"}' AS text")
    session.simple("DO $$ BEGIN RAISE LOG 'duration: 7.000 ms  statement: SELECT forged'; END $$")
    session.simple("SELECT E'tab\\tand \\\\ and \"quotes\" and \U0001F418' AS text -- a comment")
    session.simple("ALTER ROLE clerk PASSWORD 'secret of the fixture'")
    session.close()


def tour():
    """A few statements of every kind, in two sessions, for small files."""
    session = Session("shop", "tour")
    session.simple("SELECT id, name FROM product WHERE id = 1")
    session.extended("SELECT id FROM product WHERE id = $1 AND name <> $2", [2, "it's"])
    session.simple("BEGIN")
    session.simple("DECLARE c CURSOR FOR SELECT id FROM product WHERE id < 5")
    session.simple("FETCH 2 FROM c")
    other = Session("shop", "tour two")
    other.simple("SELECT 1 AS one; SELECT 2 AS two")
    session.simple("CLOSE c")
    session.simple("COMMIT")
    session.parse("S_1", "SELECT name FROM product WHERE id = $1")
    session.parse("S_2", "UPDATE product SET stock = stock + 1 WHERE id = $1")
    session.sync()
    session.extended("BEGIN")
    session.prepared("S_1", [3])
    session.prepared("S_2", [3])
    session.extended("COMMIT")
    session.failing("SELECT 1 / 0")
    other.failing("SELECT id FROM product WHERE id = $1 / 0", 4)
    other.simple("SELECT purchase_total(9)")
    session.extended("BEGIN")
    session.prepared("S_1", [4])
    other.close()
    session.extended("ROLLBACK")
    session.bind("", "S_1", [5])
    session.sync()
    session.close()


def latin1():
    """A database that is not in UTF-8."""
    session = Session("latin", "caisse", client_encoding="LATIN1")
    session.simple("CREATE TABLE article (nom text)".encode("latin-1"))
    session.extended("INSERT INTO article VALUES ($1)", ["café crème".encode("latin-1")])
    session.simple("SELECT nom FROM article WHERE nom = 'café crème'".encode("latin-1"))
    session.failing("SELECT prénom FROM article".encode("latin-1"))
    session.close()


def first():
    source = random.Random(1)
    session = Session("shop", "migration")
    session.simple("CREATE TABLE basket (id integer, line_no integer, product_id integer, quantity integer)")
    session.simple("CREATE TABLE audit (what text, note text, at timestamptz DEFAULT now())")
    session.simple("CREATE ROLE clerk LOGIN PASSWORD 'secret of the fixture'")
    session.close()
    orm(source, 60)
    transactions(source, 30)
    cursors()
    functions(8)
    slow = Session("shop", "reports")
    for sql in SLOW:
        slow.simple(sql)
    slow.close()


def second():
    source = random.Random(2)
    errors()
    locks()
    odd()
    orm(source, 40)
    transactions(source, 15)
    cursors()
    slow = Session("shop", "reports")
    slow.simple("SET work_mem = '64kB'")
    for sql in SLOW + SLOW[:3]:
        slow.extended(sql)
    slow.simple("CREATE INDEX purchase_total_key ON purchase (total)")
    slow.simple("ANALYZE purchase")
    slow.simple(SLOW[0])
    slow.simple("VACUUM purchase")
    slow.close()


if __name__ == "__main__":
    {"first": first, "second": second, "tour": tour, "latin1": latin1}[sys.argv[1]]()
