internal import Postgres

extension Store {
  /// Brings the planner's statistics and the block-range indexes up to date, as autovacuum would in
  /// time: worth its seconds after a large import and before reports. What the role may not do is
  /// left out by the server with a warning, or ends the attempt without an error.
  public func refreshStatistics() async throws(LoadError) {
    do throws(LoadError) {
      try await summarize()
      try await attempt { connection throws(PostgresError) in
        try await connection.execute(
          """
          ANALYZE pgtrawl.query_executions, pgtrawl.query_plans, pgtrawl.log_events,
            pgtrawl.plan_links, pgtrawl.queries, pgtrawl.log_files
          """)
        return
      }
    } catch {
      guard error.code == .privilege else { throw error }
    }
  }

  /// Summarizes what was added since: the ranges of pages that no summary covers are read by every
  /// search for rows of a file.
  public func summarize() async throws(LoadError) {
    try await attempt { connection throws(PostgresError) in
      try await connection.execute(
        """
        SELECT brin_summarize_new_values(c.oid)
        FROM pg_class c JOIN pg_am a ON a.oid = c.relam
        WHERE c.relnamespace = 'pgtrawl'::regnamespace AND c.relkind = 'i' AND a.amname = 'brin'
        """)
      return
    }
  }
}
