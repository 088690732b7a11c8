-- Takes long statements and the minutes away.
-- Locks:     ACCESS EXCLUSIVE on heavy_runs and minute_loads, a moment.
-- Backfills: nothing.
-- Undone by: 0008_create_minute_loads.up.sql.

DROP TABLE pgtrawl.minute_loads;
DROP TABLE pgtrawl.heavy_runs;
