public import Postgres

/// Answers requests over one connection; who has several readers answers several at a time.
public struct Reader: Sendable {
  private let connection: PostgresConnection
  /// Called with each statement before it runs.
  private let onStatement: @Sendable () -> Void

  /// A reader on a connection that nobody else uses meanwhile.
  public init(_ connection: PostgresConnection, onStatement: @escaping @Sendable () -> Void = {}) {
    self.connection = connection
    self.onStatement = onStatement
  }

  /// The most rows that are embedded of one kind in one row.
  public static let embeddedMax = 20

  /// A page as JSON: `{"data":[…],"next":cursor or null}`. One statement, and one more for each
  /// kind that is embedded, however many rows there are.
  public func list(_ request: ListRequest) async throws -> String {
    let page = try await run(ListStatement(request))
    let rows = page.map { $0 }.prefix(request.limit)
    var parts = rows.map { Row(json: $0.string(0) ?? "{}", query: $0.int(1)) }
    try await embed(request.includes, in: &parts)
    var next = "null"
    if page.count > request.limit, let last = rows.last {
      let values = (0...request.resource.key.count).map { last.string(2 + $0) ?? "" }
      next = JSONText.quoted(Cursor(values: values).text(mark: request.mark))
    }
    return "{\"data\":[" + parts.map(\.json).joined(separator: ",") + "],\"next\":\(next)}"
  }

  /// The first row of a list as JSON: `{"data":{…}}`; for requests that name one query.
  public func first(_ request: ListRequest) async throws -> String {
    let page = try await run(ListStatement(request))
    guard let row = page.first else {
      throw APIError.missing("No query has this id, or it did not run in what was analyzed.")
    }
    var parts = [Row(json: row.string(0) ?? "{}", query: row.int(1))]
    try await embed(request.includes, in: &parts)
    return "{\"data\":\(parts[0].json)}"
  }

  /// One plan with everything that is known of it.
  public func plan(_ file: Int64, _ offset: Int64) async throws -> String {
    let found = try await run(
      ListStatement(
        Catalog.plan, where: "t.log_file_id = $1 AND t.log_offset = $2", [.int(file), .int(offset)]
      ))
    guard let row = found.first else { throw APIError.missing("No plan has this id.") }
    return "{\"data\":\(row.string(0) ?? "null")}"
  }

  private func embed(_ resources: [Resource], in rows: inout [Row]) async throws {
    let queries = Array(Set(rows.compactMap(\.query))).sorted()
    for resource in resources where !queries.isEmpty {
      let found = try await run(
        ListStatement(embedding: resource, in: queries, limit: Self.embeddedMax))
      var lists: [Int64: String] = [:]
      for row in found { lists[row.int(0) ?? 0] = row.string(1) }
      for index in rows.indices {
        rows[index].append(resource.name, rows[index].query.flatMap { lists[$0] } ?? "[]")
      }
    }
  }

  private func run(_ statement: ListStatement) async throws(PostgresError) -> PostgresResult {
    try await run(statement.sql, statement.parameters)
  }

  func run(
    _ sql: String, _ parameters: [PostgresParameter]
  ) async throws(PostgresError) -> PostgresResult {
    onStatement()
    return try await connection.query(sql, parameters)
  }
}

/// One row of a page: a JSON object that more is put into.
private struct Row {
  var json: String
  let query: Int64?

  /// Puts a member into the object.
  mutating func append(_ name: String, _ value: String) {
    guard json.hasSuffix("}") else { return }
    json.removeLast()
    json += "\(json.utf8.count > 1 ? "," : "")\"\(name)\":\(value)}"
  }
}
