/// The outcome of one statement, copied out of libpq: rows, columns and the command tag.
///
/// A collection of its rows; cells lie in one buffer, so that reading one costs no allocation.
public struct PostgresResult: Sendable, RandomAccessCollection {
  /// One cell's place in the buffer; a length below 0 is NULL.
  struct Cell: Sendable {
    var start: Int
    var length: Int
  }

  /// The parts, shared by the result and its rows.
  final class Storage: Sendable {
    let columnNames: [String]
    let columnTypes: [UInt32]
    let isBinary: Bool
    let cells: [Cell]
    let buffer: [UInt8]

    init(
      columnNames: [String], columnTypes: [UInt32], isBinary: Bool, cells: [Cell],
      buffer: [UInt8]
    ) {
      self.columnNames = columnNames
      self.columnTypes = columnTypes
      self.isBinary = isBinary
      self.cells = cells
      self.buffer = buffer
    }
  }

  let storage: Storage
  /// Number of rows.
  public let rowCount: Int
  /// PostgreSQL's command tag, as `INSERT 0 3`; empty for an empty statement.
  public let commandTag: String
  /// Rows that the statement touched or returned, by its tag; 0 where the tag has no number.
  public let affectedRows: Int

  /// Names of the columns, in order.
  public var columnNames: [String] { storage.columnNames }
  /// Oids of the columns' types, in order.
  public var columnTypes: [UInt32] { storage.columnTypes }
  /// Number of columns.
  public var columnCount: Int { storage.columnTypes.count }
  /// Whether cells are in their types' binary form.
  public var isBinary: Bool { storage.isBinary }

  /// The first row's index.
  public var startIndex: Int { 0 }
  /// The index after the last row.
  public var endIndex: Int { rowCount }
  /// The row at `position`; traps outside the result.
  public subscript(position: Int) -> PostgresRow {
    precondition(position >= 0 && position < rowCount, "row out of range")
    return PostgresRow(storage: storage, firstCell: position * columnCount)
  }

  /// The number of the column called `name`; nil when there is none. O(columns).
  public func column(_ name: String) -> Int? { columnNames.firstIndex(of: name) }
}
