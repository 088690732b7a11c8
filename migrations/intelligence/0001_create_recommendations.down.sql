-- Takes the recommendations away; what they were made of stays. What people dismissed is told again.
-- Locks:     ACCESS EXCLUSIVE on the tables.
-- Backfills: nothing.
-- Undone by: 0001_create_recommendations.up.sql and 'pgtrawl analyze'.

DROP TABLE pgtrawl.recommendations, pgtrawl.recommended_sources;
