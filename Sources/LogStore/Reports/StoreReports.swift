internal import LogModel
public import Postgres

/// What the store answers: read queries only, which also work on a standby.
///
/// Every function throws what its statement throws; a schema that is missing is `missingObject`.
public struct StoreReports: Sendable {
  /// Where the statements run; nobody else uses it meanwhile.
  let connection: PostgresConnection

  /// Reports from the store that `connection` is connected to.
  public init(connection: PostgresConnection) {
    self.connection = connection
  }

  /// Whether the database holds the core tables.
  public func hasSchema() async throws(PostgresError) -> Bool {
    let result = try await connection.query("SELECT to_regclass('pgtrawl.log_files') IS NOT NULL")
    return result.first?.bool(0) ?? false
  }

  /// The names of the sources, in order.
  public func sourceNames() async throws(PostgresError) -> [String] {
    try await connection.query("SELECT name FROM pgtrawl.sources ORDER BY name")
      .compactMap { $0.string(0) }
  }
}

extension PostgresRow {
  /// The time in `column` as RFC 3339, UTC; the connection writes ISO dates in UTC.
  func time(_ column: Int) -> String? {
    guard let text = string(column) else { return nil }
    guard text.hasSuffix("+00"), let space = text.firstIndex(of: " ") else { return text }
    return text[..<space] + "T" + text[text.index(after: space)...].dropLast(3) + "Z"
  }

  /// The integer in `column`, 0 for NULL.
  func count(_ column: Int) -> Int64 { int(column) ?? 0 }

  /// The elements in `column`, which the statement joined with U+001F.
  func list(_ column: Int) -> [String] {
    guard let text = string(column), !text.isEmpty else { return [] }
    return text.split(separator: "\u{1F}", omittingEmptySubsequences: false).map(String.init)
  }
}
