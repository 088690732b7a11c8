internal import CLibPQ

/// Owns one `PGresult`; what is needed of it is copied out before it is freed.
struct ResultHandle: ~Copyable {
  private let raw: OpaquePointer?

  /// Takes over `raw`; nil is what libpq returns when it could not even make a result.
  init(_ raw: OpaquePointer?) {
    self.raw = raw
  }

  deinit {
    PQclear(raw)
  }

  var status: ExecStatusType { PQresultStatus(raw) }

  /// Rows, columns and tag as a value.
  func copied(isBinary: Bool) -> PostgresResult {
    let rowCount = Int(PQntuples(raw))
    let columnCount = PQnfields(raw)
    var names: [String] = []
    var types: [UInt32] = []
    for column in 0..<columnCount {
      names.append(PQfname(raw, column).map { String(cString: $0) } ?? "")
      types.append(PQftype(raw, column))
    }
    var cells: [PostgresResult.Cell] = []
    cells.reserveCapacity(rowCount * Int(columnCount))
    var buffer: [UInt8] = []
    for row in 0..<Int32(rowCount) {
      for column in 0..<columnCount {
        guard PQgetisnull(raw, row, column) == 0, let value = PQgetvalue(raw, row, column) else {
          cells.append(.init(start: buffer.count, length: -1))
          continue
        }
        let length = Int(PQgetlength(raw, row, column))
        cells.append(.init(start: buffer.count, length: length))
        buffer.append(contentsOf: UnsafeRawBufferPointer(start: value, count: length))
      }
    }
    return PostgresResult(
      storage: .init(
        columnNames: names, columnTypes: types, isBinary: isBinary, cells: cells, buffer: buffer),
      rowCount: rowCount,
      commandTag: PQcmdStatus(raw).map { String(cString: $0) } ?? "",
      affectedRows: PQcmdTuples(raw).flatMap { Int(String(cString: $0)) } ?? 0)
  }

  /// What the server said; nil when the error is libpq's own, as for a broken connection.
  func serverError() -> PostgresError? {
    guard let raw, let state = Self.field(raw, PGTRAWL_DIAG_SQLSTATE) else { return nil }
    return PostgresError(
      code: .server(state), sqlState: state,
      message: Self.field(raw, PGTRAWL_DIAG_MESSAGE_PRIMARY) ?? "",
      detail: Self.field(raw, PGTRAWL_DIAG_MESSAGE_DETAIL),
      hint: Self.field(raw, PGTRAWL_DIAG_MESSAGE_HINT),
      context: Self.field(raw, PGTRAWL_DIAG_CONTEXT),
      constraint: Self.field(raw, PGTRAWL_DIAG_CONSTRAINT_NAME))
  }

  /// A notice from a result that libpq lends for the call.
  static func notice(borrowing raw: OpaquePointer) -> PostgresNotice {
    PostgresNotice(
      severity: field(raw, PGTRAWL_DIAG_SEVERITY) ?? "",
      sqlState: field(raw, PGTRAWL_DIAG_SQLSTATE) ?? "",
      message: field(raw, PGTRAWL_DIAG_MESSAGE_PRIMARY) ?? "")
  }

  private static func field(_ raw: OpaquePointer, _ code: Int32) -> String? {
    PQresultErrorField(raw, code).map { String(cString: $0) }
  }
}
