"""Asks a server what well-meaning, careless and hostile clients ask; ends with 1 if an answer is wrong.

Usage: api_check.py OPEN CLOSED TOKEN WORK: addresses of a server without and with tokens."""
import asyncio
import gzip
import http.client
import json
import os
import socket
import sys
import threading
import time
from urllib.parse import urlsplit

OPEN, CLOSED, TOKEN, WORK = sys.argv[1:5]
wrong = []


def check(what, holds, seen=""):
    if not holds:
        wrong.append(what)
        print(f"WRONG: {what} {seen}", file=sys.stderr)


def ask(base, path, method="GET", headers=None, body=None):
    url = urlsplit(base)
    connection = http.client.HTTPConnection(url.hostname, url.port, timeout=30)
    connection.request(method, path, body=body, headers=headers or {})
    answer = connection.getresponse()
    data = answer.read()
    connection.close()
    return answer.status, {k.lower(): v for k, v in answer.getheaders()}, data


def raw(base, sent, wait=15):
    """What comes back for bytes as they are: the first line, and seconds until the end."""
    url = urlsplit(base)
    began = time.monotonic()
    with socket.create_connection((url.hostname, url.port), timeout=wait) as connection:
        received = b""
        try:
            connection.sendall(sent)
            while True:
                part = connection.recv(65536)
                if not part:
                    break
                received += part
        except (TimeoutError, ConnectionError):
            pass
    return received, time.monotonic() - began


def well_meaning():
    status, headers, data = ask(OPEN, "/v1/queries?limit=3&include=findings,recommendations")
    rows = json.loads(data)["data"]
    check("the dearest queries come", status == 200 and len(rows) == 3, status)
    check("they are in order", [r["total_ms"] for r in rows] == sorted((r["total_ms"] for r in rows), reverse=True))
    check("ids are strings", all(isinstance(r["id"], str) and len(r["id"]) == 16 for r in rows))
    for part in ("", "/series", "/plans", "/executions"):
        status, _, _ = ask(OPEN, f"/v1/queries/{rows[0]['id']}{part}")
        check(f"query{part}", status == 200, status)
    plans = json.loads(ask(OPEN, "/v1/plans?limit=1")[2])["data"]
    status, headers, data = ask(OPEN, f"/v1/plans/{plans[0]['id']}")
    check("a plan is whole", status == 200 and "Plan" in json.loads(data)["data"]["plan"], status)
    again = ask(OPEN, f"/v1/plans/{plans[0]['id']}", headers={"If-None-Match": headers["etag"]})
    check("a plan that did not change is not sent", again[0] == 304 and not again[2], again[0])
    status, headers, data = ask(OPEN, "/v1/queries", headers={"Accept-Encoding": "gzip"})
    check("gzip", headers.get("content-encoding") == "gzip" and json.loads(gzip.decompress(data)))
    status, _, data = ask(OPEN, "/v1/queries", method="HEAD")
    check("HEAD has no body", status == 200 and data == b"", status)
    status, headers, data = ask(OPEN, "/metrics")
    check("metrics", status == 200 and b"pgtrawl_source_bytes{" in data, data[:200])
    for path in ("/healthz", "/readyz", "/openapi.json", "/v1/summary"):
        check(path, ask(OPEN, path)[0] == 200)


def careless():
    for path, status in (
        ("/v1/queries?limit=1000000000", 400), ("/v1/queries?sort=secret", 400), ("/v1/nothing", 404),
        ("/v1/queries/0000000000000001", 404), ("/v1/plans/1-99999999999", 404), ("/", 404),
        ("/v1/queries?since=yesterday", 400), ("/v1/queries?cursor=AAAA", 404),
    ):
        got, headers, data = ask(OPEN, path)
        problem = json.loads(data)
        check(path, got == status == problem["status"], got)
        check(f"{path} is a problem", headers["content-type"] == "application/problem+json")


def hostile():
    for method in ("POST", "PUT", "DELETE", "PATCH", "OPTIONS"):
        check(method, ask(OPEN, "/v1/queries", method=method, body=b"{}")[0] == 405)
    check("another name", ask(OPEN, "/v1/queries", headers={"Host": "evil.example"})[0] == 421)
    for attack in ("'%3BDROP%20SCHEMA%20pgtrawl%20CASCADE--", "%27%20OR%201=1--", "$1", "%00", "\\"):
        for name in ("search", "database", "sort", "cursor", "since", "fields", "include", "query"):
            status, _, data = ask(OPEN, f"/v1/queries?{name}={attack}")
            check(f"{name}={attack}", status in (200, 400, 404), status)
            check(f"{name}={attack} says nothing of SQL", status == 200 or b"SELECT" not in data.upper())
    for path in ("/../../etc/passwd", "/v1/..%2f..%2fetc/passwd", "//etc/passwd", "/%2e%2e/x", "/v1/%ff"):
        check(path, ask(OPEN, path)[0] in (400, 404))
    received, _ = raw(OPEN, b"GET / HTTP/1.1\r\nHost: 127.0.0.1\r\nX: " + b"a" * (1 << 20) + b"\r\n\r\n")
    check("a header of 1 MB", b" 431 " in received[:20] or b" 400 " in received[:20] or not received, received[:60])
    _, took = raw(OPEN, b"GET / HTTP/1.1\r\nHost: 127", wait=40)
    check("half a request is not waited for longer than 20 s", took < 20, took)
    received, _ = raw(OPEN, b"GET /healthz HTTP/1.1\r\nHost: 127.0.0.1\r\nContent-Length: 4\r\n"
                      b"Transfer-Encoding: chunked\r\n\r\n0\r\n\r\nGET /v1/summary HTTP/1.1\r\nHost: 127.0.0.1\r\n\r\n")
    check("two lengths are not believed", received.count(b"HTTP/1.1 200") < 2, received[:80])
    idle = []
    url = urlsplit(OPEN)
    for _ in range(300):
        idle.append(socket.create_connection((url.hostname, url.port)))
    check("idle connections do not stop others", ask(OPEN, "/healthz")[0] == 200)
    for connection in idle:
        connection.close()


def closed():
    check("no token", ask(CLOSED, "/v1/queries")[0] == 401)
    check("no token tells nothing of what there is", ask(CLOSED, "/v1/nothing")[0] == 401)
    for token in (TOKEN[:-1], TOKEN + "0", "x", ""):
        check("a wrong token", ask(CLOSED, "/v1/queries", headers={"Authorization": f"Bearer {token}"})[0] == 401)
    own = {"Authorization": f"Bearer {TOKEN}"}
    check("the token", ask(CLOSED, "/v1/queries", headers=own)[0] == 200)
    check("another scope", ask(CLOSED, "/metrics", headers=own)[0] == 403)
    check("health needs none", ask(CLOSED, "/healthz")[0] == 200)


def many():
    failed = []

    def client(number):
        for _ in range(20):
            status = ask(OPEN, f"/v1/queries?limit=100&include=executions,plans&sort={('total', 'calls')[number % 2]}")[0]
            if status != 200:
                failed.append(status)

    threads = [threading.Thread(target=client, args=(n,)) for n in range(32)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    check("32 clients at a time", not failed, failed[:5])


async def protocol():
    from mcp import ClientSession, StdioServerParameters
    from mcp.client.stdio import stdio_client

    parameters = StdioServerParameters(command=os.environ["PGTRAWL"], args=["mcp"], env=dict(os.environ))
    async with stdio_client(parameters) as (read, write):
        async with ClientSession(read, write) as session:
            await session.initialize()
            tools = {tool.name for tool in (await session.list_tools()).tools}
            check("tools", {"top_queries", "explain_query", "compare_periods", "findings"} <= tools, tools)
            top = await session.call_tool("top_queries", {"limit": 2})
            rows = json.loads(top.content[0].text)["data"]
            check("top queries", len(rows) == 2)
            one = await session.call_tool("explain_query", {"id": rows[0]["id"]})
            check("one query", json.loads(one.content[0].text)["data"]["id"] == rows[0]["id"])
            bad = await session.call_tool("explain_query", {"id": "x"})
            check("a mistake is told as one", getattr(bad, "isError", None) or getattr(bad, "is_error", None))


well_meaning()
careless()
hostile()
closed()
many()
asyncio.run(protocol())
sys.exit(1 if wrong else 0)
