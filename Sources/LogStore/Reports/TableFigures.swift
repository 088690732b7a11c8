internal import LogModel
public import Postgres

/// What the queries that name a table add up to.
public struct TableFigures: Sendable, Equatable {
  /// The table as queries write it, in lower case unless quoted.
  public var name: String
  /// Query patterns that name it.
  public var queries: Int64
  /// Their executions.
  public var calls: Int64
  /// Executions that write: INSERT, UPDATE, DELETE, MERGE, TRUNCATE, COPY.
  public var writes: Int64
  /// Their time in ms; of a query with several tables all of it counts for each.
  public var totalMs: Double
  /// Part of the time of all queries, 0 … 1; nil when the log tells no time.
  public var share: Double?
  /// Waits for locks in ms.
  public var lockWaitMs: Double
  /// Bytes of temporary files.
  public var tempBytes: Int64
  /// Causes that rules found at nodes that read it.
  public var findings: Int64
  /// The worst of them, `info` to `critical`; nil without any.
  public var severity: String?
  /// What all of them would save at most, in ms.
  public var savingMs: Double?
}

/// An index that would serve queries, as the plans of a period show it.
public struct IndexFigures: Sendable, Equatable {
  /// The statement that makes it.
  public var ddl: String
  /// Query patterns that would gain.
  public var queries: [Int64]
  /// Their plans in which it is missing.
  public var plans: Int64
  /// What it would save at most in all of them, in ms.
  public var savingMs: Double
  /// The worst finding that asks for it, `info` to `critical`.
  public var severity: String
  /// How sure it is, 0 … 1: the surest finding.
  public var confidence: Double
  /// The rules that ask for it.
  public var rules: [String]
  /// The node of the plan that would save most.
  public var node: String
  /// That plan, as `12-34567`.
  public var plan: String
}

extension StoreReports {
  /// Tables by the time of the queries that name them, the first `limit`; in the filter's period and source.
  /// A table's schema does not count: plans need not name it.
  public func tables(
    _ filter: ReportFilter, limit: Int
  ) async throws(PostgresError) -> [TableFigures] {
    try await connection.query(
      """
      WITH rolled AS (
        SELECT r.query_id, sum(r.calls) AS calls, sum(r.total_ms::numeric) AS total_ms,
          sum(r.lock_wait_ms::numeric) AS lock_ms, sum(r.temp_bytes) AS temp_bytes
        FROM pgtrawl.query_rollups r WHERE \(Self.inPeriod("r")) AND NOT r.nested GROUP BY 1
      ), named AS (
        SELECT DISTINCT \(Self.unqualified("n.name")) AS name, q.id, q.statement_kind AS kind
        FROM pgtrawl.queries q CROSS JOIN LATERAL unnest(q.relations) n (name)
      ), found AS (
        SELECT \(Self.unqualified("substring(f.example->>'node' FROM ' on (.*)$')")) AS name,
          count(DISTINCT (f.query_id, f.rule, f.subject)) AS n,
          max(array_position(\(FindingSQL.severities), f.severity)) AS rank,
          sum(f.saving_ms::numeric) AS saving_ms
        FROM pgtrawl.finding_rollups f
        WHERE \(Self.inPeriod("f")) AND f.rule <> '' AND f.confidence >= 0.4 GROUP BY 1
      ), summed AS (
        SELECT n.name, count(*) AS queries, sum(r.calls) AS calls,
          sum(r.calls) FILTER (WHERE n.kind IN ('insert', 'update', 'delete', 'merge', 'truncate', 'copy'))
            AS writes,
          sum(r.total_ms) AS total_ms, sum(r.lock_ms) AS lock_ms, sum(r.temp_bytes) AS temp_bytes
        FROM named n JOIN rolled r ON r.query_id = n.id GROUP BY 1
      )
      SELECT s.name, s.queries, s.calls::bigint, coalesce(s.writes, 0)::bigint, s.total_ms::float8,
        (s.total_ms / nullif((SELECT sum(r.total_ms) FROM rolled r), 0))::float8, s.lock_ms::float8,
        s.temp_bytes::bigint, coalesce(f.n, 0), (\(FindingSQL.severities))[f.rank],
        f.saving_ms::float8
      FROM summed s LEFT JOIN found f ON f.name = s.name
      ORDER BY s.total_ms DESC, s.calls DESC, s.name LIMIT $4
      """, Self.period(filter) + [.int(limit)]
    ).map { row in
      TableFigures(
        name: row.string(0) ?? "", queries: row.count(1), calls: row.count(2),
        writes: row.count(3), totalMs: row.double(4) ?? 0, share: row.double(5),
        lockWaitMs: row.double(6) ?? 0, tempBytes: row.count(7), findings: row.count(8),
        severity: row.string(9), savingMs: row.double(10))
    }
  }

  /// Indexes that plans ask for, those that save most first; in the filter's period and source.
  public func indexes(
    _ filter: ReportFilter, limit: Int
  ) async throws(PostgresError) -> [IndexFigures] {
    try await connection.query(
      """
      SELECT f.subject, string_agg(DISTINCT f.query_id::text, E'\\x1f'), sum(f.plans)::bigint,
        sum(f.saving_ms::numeric)::float8,
        (\(FindingSQL.severities))[max(array_position(\(FindingSQL.severities), f.severity))],
        max(f.confidence), string_agg(DISTINCT f.rule, E'\\x1f'),
        (array_agg(f.example->>'node' ORDER BY f.example_ms DESC, f.hour, f.query_id))[1],
        (array_agg(f.example->>'plan' ORDER BY f.example_ms DESC, f.hour, f.query_id))[1]
      FROM pgtrawl.finding_rollups f
      WHERE \(Self.inPeriod("f")) AND f.rule <> '' AND f.confidence >= 0.4
        AND f.subject LIKE 'CREATE INDEX%'
      GROUP BY 1 ORDER BY 4 DESC, 1 LIMIT $4
      """, Self.period(filter) + [.int(limit)]
    ).map { row in
      IndexFigures(
        ddl: row.string(0) ?? "", queries: row.list(1).compactMap { Int64($0) },
        plans: row.count(2), savingMs: row.double(3) ?? 0, severity: row.string(4) ?? "",
        confidence: row.double(5) ?? 0, rules: row.list(6), node: row.string(7) ?? "",
        plan: row.string(8) ?? "")
    }
  }

  /// Condition over a table of the analysis with `hour` and `source_id`: $1 to $3 of `period`.
  static func inPeriod(_ alias: String) -> String {
    """
    ($1::timestamptz IS NULL OR \(alias).hour >= date_trunc('hour', $1::timestamptz, 'UTC'))
    AND ($2::timestamptz IS NULL OR \(alias).hour < $2)
    AND ($3::text IS NULL OR \(alias).source_id = (SELECT x.id FROM pgtrawl.sources x WHERE x.name = $3))
    """
  }

  /// SQL for a relation's name without its schema.
  private static func unqualified(_ name: String) -> String {
    "regexp_replace(\(name), '^(\"[^\"]*\"|[^\".]*)\\.', '')"
  }
}
