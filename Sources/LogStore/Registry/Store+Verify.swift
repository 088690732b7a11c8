internal import Postgres

/// One invariant that the store breaks, as `pgtrawl.verify()` names it.
public struct Breach: Sendable, Equatable {
  /// Which check, as `rows of file`.
  public var check: String
  /// Name of the source; nil where the check is of the whole store.
  public var source: String?
  /// `log_files.id`; nil where the check is not of one file.
  public var file: Int64?
  /// Figures and keys.
  public var detail: String
}

extension Store {
  /// Checks the invariants of the whole store; empty on a healthy one. Reads every row.
  public func verify() async throws(LoadError) -> [Breach] {
    try await attempt { connection throws(PostgresError) in
      try await connection.query("SELECT * FROM pgtrawl.verify()").map { row in
        Breach(
          check: row.string(0) ?? "", source: row.string(1), file: row.int(2),
          detail: row.string(3) ?? "")
      }
    }
  }
}
