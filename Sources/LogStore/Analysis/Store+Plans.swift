public import LogModel
internal import Postgres

extension Store {
  /// Plans that are read at once, at most.
  private static let plansPerPage = 1000
  /// What they take in the table at most, in bytes; a single plan may take more.
  private static let storedBytesPerPage = 4 << 20

  /// The hours whose plans were not read since they, or the rules, changed, by source and time; with `since`
  /// those from then on. Costs what there are of hours, not of plans.
  public func pendingPlanHours(
    rulesVersion: Int, since: LogTime? = nil
  ) async throws(LoadError) -> [PlanHour] {
    try await attempt { connection throws(PostgresError) in
      try await connection.query(
        """
        SELECT a.source_id, (extract(epoch FROM a.hour) * 1000000)::bigint, a.changes
        FROM pgtrawl.analyzed_hours a
        WHERE (a.plans <> a.changes OR a.plan_rules <> $2) AND NOT a.frozen
          AND ($1::timestamptz IS NULL OR a.hour >= date_trunc('hour', $1::timestamptz, 'UTC'))
        ORDER BY 1, 2
        """, [Column.time(since), .int(rulesVersion)])
    }.map { row in
      PlanHour(
        source: Int32(truncatingIfNeeded: row.count(0)),
        hour: LogTime(microseconds: row.count(1)), changes: row.string(2) ?? "")
    }
  }

  /// The next plans of the hour behind `place`, in the order of their places; none when there are no more.
  public func plans(
    of hour: PlanHour, after place: PlanPlace?
  ) async throws(LoadError) -> [StoredPlan] {
    try await attempt { connection throws(PostgresError) in
      try await connection.query(
        """
        SELECT (extract(epoch FROM p.executed_at) * 1000000)::bigint, p.log_file_id, p.log_offset,
          p.query_id, p.plan_ms, p.ran,
          coalesce(p.plan::text, CASE WHEN p.format = 'json' THEN p.plan_text END), \(Self.lockWaitMs),
          CASE WHEN p.format = 'text' THEN p.plan_text END
        FROM (
          SELECT q.*, sum(q.size) OVER (ORDER BY q.executed_at, q.log_file_id, q.log_offset)
            - q.size AS before
          FROM (
            SELECT p.executed_at, p.log_file_id, p.log_offset, p.query_id, p.plan_ms, p.ran,
              p.session_id, p.format, p.plan, p.plan_text,
              coalesce(pg_column_size(p.plan), pg_column_size(p.plan_text), 0) AS size
            FROM pgtrawl.query_plans p
            WHERE p.source_id = $1 AND p.executed_at >= $2 AND p.executed_at < $3
              AND (p.executed_at, p.log_file_id, p.log_offset) > ($2, $4::bigint, $5::bigint)
            ORDER BY p.executed_at, p.log_file_id, p.log_offset LIMIT \(Self.plansPerPage)
          ) q
        ) p
        WHERE p.before < \(Self.storedBytesPerPage)
        ORDER BY p.executed_at, p.log_file_id, p.log_offset
        """, Self.behind(place, of: hour))
    }.map { row in
      StoredPlan(
        place: PlanPlace(
          time: LogTime(microseconds: row.count(0)), file: row.count(1), offset: row.count(2)),
        query: row.count(3), ms: row.double(4) ?? 0, ran: row.bool(5) ?? true,
        lockWaitMs: row.double(7), json: row[6].map { Array($0) }, text: row[8].map { Array($0) })
    }
  }

  /// Replaces what is known of the plans of the hour behind `place` up to the last of `rows`, which are in
  /// the order of their places.
  public func write(
    _ rows: [PlanAnalysisRow], of hour: PlanHour, after place: PlanPlace?, rulesVersion: Int
  ) async throws(LoadError) {
    guard let last = rows.last?.place else { return }
    let range =
      Self.behind(place, of: hour) + [Column.time(last.time), .int(last.file), .int(last.offset)]
    try await attempt { connection throws(PostgresError) in
      try await connection.execute("BEGIN")
      try await connection.query(
        Self.deleteBehind + " AND (executed_at, log_file_id, log_offset) <= ($6, $7, $8)", range)
      try await connection.query(
        Self.insertRows, [.int(Int64(hour.source)), .int(rulesVersion)] + Self.columns(rows))
      FailPoint.beforeCommit.pass()
      try await connection.execute("COMMIT")
    }
  }

  /// Deletes what is left of plans behind the last one, sums up the findings, and notes that the hour was read.
  public func finish(
    _ hour: PlanHour, after place: PlanPlace?, rulesVersion: Int
  ) async throws(LoadError) {
    try await attempt { connection throws(PostgresError) in
      try await connection.execute("BEGIN")
      try await connection.query(Self.deleteBehind, Self.behind(place, of: hour))
      let range = [PostgresParameter.int(Int64(hour.source)), Column.time(hour.hour)]
      try await connection.query(
        "DELETE FROM pgtrawl.finding_rollups WHERE source_id = $1 AND hour = $2", range)
      try await connection.query(FindingSQL.insert, range)
      try await connection.query(
        """
        UPDATE pgtrawl.analyzed_hours SET plans = $3::numeric, plan_rules = $4
        WHERE source_id = $1 AND hour = $2
        """, range + [.text(hour.changes), .int(rulesVersion)])
      FailPoint.beforeCommit.pass()
      try await connection.execute("COMMIT")
    }
  }

  /// $1 is the source, $2 and $3 what is left of the hour, $4 and $5 file and offset at $2.
  private static func behind(_ place: PlanPlace?, of hour: PlanHour) -> [PostgresParameter] {
    [
      .int(Int64(hour.source)), Column.time(place?.time ?? hour.hour),
      Column.time(LogTime(microseconds: hour.hour.microseconds + 3_600_000_000)),
      .int(place?.file ?? -1), .int(place?.offset ?? -1),
    ]
  }

  /// What a session waited for locks while it ran the plan `p`; a plan is logged when it has ended. Log times are
  /// whole milliseconds.
  private static let lockWaitMs = """
    (SELECT sum((v.fields->>'waited_us')::bigint)::float8 / 1000 FROM pgtrawl.log_events v
     WHERE v.query_id = p.query_id AND v.event_class = 'lock_acquired' AND v.source_id = $1
       AND v.session_id = p.session_id AND v.occurred_at <= p.executed_at
       AND v.occurred_at >= p.executed_at - (p.plan_ms + 2) * interval '1 ms')
    """

  private static let deleteBehind = """
    DELETE FROM pgtrawl.query_analysis
    WHERE source_id = $1 AND executed_at >= $2 AND executed_at < $3
      AND (executed_at, log_file_id, log_offset) > ($2, $4::bigint, $5::bigint)
    """

  private static let insertRows = """
    INSERT INTO pgtrawl.query_analysis (source_id, rules_version, query_id, executed_at, log_file_id,
      log_offset, shape_id, plan_id, dedup_id, planning_time_ms, execution_time_ms, total_cost,
      root_rows, shared_hit, shared_read, seq_scan_detected, index_scan_detected, findings,
      lock_wait_ms, is_generic, scan_error, scan_node)
    SELECT $1::int, $2::int, t.query, t.at, t.file, t.place, t.shape, t.plan, t.dedup,
      t.planning::float8, t.execution::float8, t.cost::float8, t.rows::float8, t.hit, t.read,
      t.seq <> 0, t.index <> 0, t.findings::jsonb, t.waited::float8,
      t.generic <> 0, t.scan_error::real, t.scan_node
    FROM unnest($3::bigint[], $4::timestamptz[], $5::bigint[], $6::bigint[], $7::bigint[],
      $8::bigint[], $9::bigint[], $10::text[], $11::text[], $12::text[], $13::text[], $14::bigint[],
      $15::bigint[], $16::bigint[], $17::bigint[], $18::text[], $19::text[],
      $20::bigint[], $21::text[], $22::text[])
      AS t (query, at, file, place, shape, plan, dedup, planning, execution, cost, rows, hit, read,
        seq, index, findings, waited, generic, scan_error, scan_node)
    """

  private static func columns(_ rows: [PlanAnalysisRow]) -> [PostgresParameter] {
    func numbers(_ value: (PlanAnalysisRow) -> Double?) -> PostgresParameter {
      .textArray(rows.map { value($0).map { "\($0)" } })
    }
    return [
      .bigintArray(rows.map(\.query)), Column.times(rows.map(\.place.time)),
      .bigintArray(rows.map(\.place.file)), .bigintArray(rows.map(\.place.offset)),
      Column.bigints(rows.map(\.identity?.shape)), Column.bigints(rows.map(\.identity?.plan)),
      Column.bigints(rows.map(\.identity?.dedup)), numbers(\.planningMs), numbers(\.executionMs),
      numbers(\.totalCost), numbers(\.rows), Column.bigints(rows.map(\.sharedHit)),
      Column.bigints(rows.map(\.sharedRead)), .bigintArray(rows.map { $0.hasSeqScan ? 1 : 0 }),
      .bigintArray(rows.map { $0.hasIndexScan ? 1 : 0 }), .textArray(rows.map(\.findings)),
      numbers(\.lockWaitMs), Column.bigints(rows.map { $0.isGeneric.map { $0 ? 1 : 0 } }),
      numbers(\.misjudgedScan?.factor), .textArray(rows.map(\.misjudgedScan?.node)),
    ]
  }
}
