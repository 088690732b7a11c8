"""The fault harness of `pgtrawl tail`.

`registry` holds the rows of the fault matrix, `case` is what a row gets: a seeded generator, a folder, stores, tails,
log writers. `loggen` writes logs and keeps the ledger, `check` compares the store with it. `cluster`, `tailer`,
`rotation` and `proxy` are what is broken and what breaks it. The rows stand in `rows_*.py`.
"""
