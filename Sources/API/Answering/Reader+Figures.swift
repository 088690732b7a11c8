internal import Postgres

extension Reader {
  /// A query's figures hour by hour, within a period where one is given.
  public func series(
    _ id: Int64, _ parameters: [(name: String, value: String)]
  ) async throws -> String {
    let given = try Parameters(parameters, known: ["since", "until"])
    return try await figures(
      SeriesSQL.statement(Self.pairs(SeriesSQL.fields)),
      [.int(id), .text(try given.time("since")), .text(try given.time("until"))])
  }

  /// Two periods beside each other.
  public func comparison(_ parameters: [(name: String, value: String)]) async throws -> String {
    let names = ["baseline_since", "baseline_until", "since", "until"]
    let given = try Parameters(parameters, known: names + ["source"])
    var values: [PostgresParameter] = []
    for name in names {
      guard let time = try given.time(name) else { throw APIError.parameter(name, "is needed") }
      values.append(.text(time))
    }
    values.append(.text(given["source"]))
    return try await figures(
      ComparisonSQL.statement(Self.pairs(ComparisonSQL.fields)), values)
  }

  /// What the store holds.
  public func summary(_ parameters: [(name: String, value: String)]) async throws -> String {
    _ = try Parameters(parameters, known: [])
    return try await figures(SummarySQL.statement(Self.pairs(SummarySQL.fields)), [])
  }

  /// Whether the store can be read and has what the API needs: `{"status":"ready"}`, or throws.
  public func readiness() async throws -> String {
    _ = try await run("SELECT 1 FROM pgtrawl.queries LIMIT 1", [])
    return "{\"status\":\"ready\"}"
  }

  /// Gauges of the store, in Prometheus' text format: a line a source at most.
  public func gauges() async throws -> String {
    let found = try await run(Self.gaugesSQL, [])
    var text = ""
    for (column, name, about) in Self.gauges {
      text += "# HELP pgtrawl_\(name) \(about)\n# TYPE pgtrawl_\(name) gauge\n"
      for row in found {
        let source = JSONText.quoted(row.string(0) ?? "")
        if let value = row.string(column) {
          text += "pgtrawl_\(name){source=\(source)} \(value)\n"
        }
      }
    }
    return text
  }

  /// Sources beyond these are left out: the number of series stays bounded.
  private static let gaugedSourcesMax = 200
  private static let gauges = [
    (1, "source_bytes", "Bytes of the source's logs that are in the store."),
    (2, "source_files", "Log files of the source."),
    (3, "source_rejected_records", "Records of the source that could not be read."),
    (4, "source_lag_seconds", "Seconds since the last time in the source's logs."),
    (5, "source_pending_bytes", "Bytes that were seen and are not in the store yet."),
  ]
  private static let gaugesSQL = """
    SELECT s.name, coalesce(sum(f.committed_offset), 0)::bigint, count(f.id),
      coalesce(sum(f.records_rejected), 0)::bigint,
      round(extract(epoch FROM now() - max(f.last_log_time)), 3),
      coalesce(sum(f.pending_bytes), 0)::bigint
    FROM pgtrawl.sources s
    LEFT JOIN pgtrawl.log_files f ON f.source_id = s.id AND f.forgotten_at IS NULL
    GROUP BY s.id, s.name ORDER BY s.id LIMIT \(gaugedSourcesMax)
    """

  private func figures(_ sql: String, _ values: [PostgresParameter]) async throws -> String {
    let found = try await run(sql, values)
    return "{\"data\":\(found.first?.string(0) ?? "null")}"
  }

  private static func pairs(_ fields: [Field]) -> String {
    fields.map { "'\($0.name)', \($0.sql)" }.joined(separator: ", ")
  }
}

/// Parameters of a request that is no list.
private struct Parameters {
  private var values: [String: String] = [:]

  init(_ given: [(name: String, value: String)], known: [String]) throws(APIError) {
    for (name, value) in given {
      guard known.contains(name) else { throw .parameter(name, "is no parameter of this") }
      guard !value.utf8.contains(0) else { throw .parameter(name, "holds a zero byte") }
      guard values.updateValue(value, forKey: name) == nil else {
        throw .parameter(name, "is given twice")
      }
    }
  }

  subscript(_ name: String) -> String? { values[name] }

  func time(_ name: String) throws(APIError) -> String? {
    guard let value = values[name] else { return nil }
    guard let time = RFC3339.canonical(value) else {
      throw .parameter(name, "is a time in RFC 3339, as 2026-03-01T00:00:00Z")
    }
    return time
  }
}
