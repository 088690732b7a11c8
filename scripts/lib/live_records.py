"""csvlog records of the present, as a server with log_min_duration_statement = 0 writes them: statements
with their duration in several sessions, now and then a plan of auto_explain before its statement."""
import json
import random
import time

STATEMENTS = [
    "SELECT id, name, price_cents FROM products WHERE id = {number}",
    "SELECT o.id, o.placed_at FROM orders o WHERE o.customer_id = {number} ORDER BY o.placed_at DESC LIMIT 10",
    "UPDATE stock SET quantity = quantity - {small} WHERE product_id = {number}",
    "INSERT INTO order_items (order_id, product_id, quantity) VALUES ({number}, {number}, {small})",
    "SELECT count(*) FROM sessions WHERE last_seen > now() - interval '{small} minutes'",
    "SELECT * FROM customers WHERE email = 'customer{number}@example.com'",
    "DELETE FROM carts WHERE id = {number}",
    "SELECT p.id, sum(i.quantity) FROM products p JOIN order_items i ON i.product_id = p.id\n"
    "WHERE p.category_id = {small} GROUP BY p.id",
    "BEGIN",
    "COMMIT",
]
PLAN_SHARE = 0.05


def stamp(moment):
    return "%s.%03d UTC" % (time.strftime("%Y-%m-%d %H:%M:%S", time.gmtime(moment)), moment % 1 * 1000)


def quoted(text):
    return '"%s"' % text.replace('"', '""')


class LiveRecords:
    """An endless row of records, each as bytes with whether it ends an execution."""

    def __init__(self, seed, sessions=8):
        self.chance = random.Random(seed)
        begun = time.time()
        self.sessions = []
        for number in range(sessions):
            pid = 10000 + seed % 1000 * 20 + number
            # Sessions of different seeds differ also when they begin within one second.
            start = int(begun) - self.chance.randrange(100000)
            self.sessions.append({"pid": pid, "id": "%x.%x" % (start, pid), "line": 0, "begun": start})
        self.waiting = []

    def __iter__(self):
        return self

    def __next__(self):
        if not self.waiting:
            self.waiting = self.statement()
        return self.waiting.pop(0)

    def statement(self):
        session = self.chance.choice(self.sessions)
        text = self.chance.choice(STATEMENTS).format(
            number=self.chance.randrange(1000000), small=self.chance.randrange(1, 9))
        took = self.chance.expovariate(0.5)
        made = []
        if text[:6] not in ("BEGIN", "COMMIT") and self.chance.random() < PLAN_SHARE:
            plan = json.dumps({"Query Text": text, "Plan": self.plan(took)}, indent=2)
            made.append((self.record(session, text, "duration: %.3f ms  plan:\n%s" % (took, plan)), False))
        made.append((self.record(session, text, "duration: %.3f ms  statement: %s" % (took, text)), True))
        return made

    def plan(self, took):
        return {
            "Node Type": "Index Scan", "Parallel Aware": False, "Async Capable": False,
            "Scan Direction": "Forward", "Index Name": "products_pkey", "Relation Name": "products",
            "Alias": "p", "Startup Cost": 0.29, "Total Cost": 8.31, "Plan Rows": 1, "Plan Width": 44,
            "Actual Rows": self.chance.randrange(2), "Actual Loops": 1,
            "Actual Total Time": round(took * 0.9, 3),
            "Index Cond": "(id = %d)" % self.chance.randrange(1000000), "Rows Removed by Index Recheck": 0,
            "Shared Hit Blocks": self.chance.randrange(1, 9), "Shared Read Blocks": 0}

    def record(self, session, text, message):
        session["line"] += 1
        tag = text.split()[0]
        return ('%s,"shop","shop",%d,"[local]",%s,%d,"%s",%s UTC,%d/%d,0,LOG,00000,%s,,,,,,,,,"web",'
                '"client backend",,%d\n' % (
                    stamp(time.time()), session["pid"], session["id"], session["line"], tag,
                    time.strftime("%Y-%m-%d %H:%M:%S", time.gmtime(session["begun"])),
                    session["pid"] % 100, session["line"], quoted(message),
                    hash_of(text.split()[0]))).encode()


def hash_of(word):
    """A query id as the server would write one: any number, the same for the same word."""
    return sum(ord(letter) * 31 ** place for place, letter in enumerate(word)) % (1 << 62)
