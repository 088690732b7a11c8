internal import LogModel
internal import Postgres

/// One column of a set of rows as an array parameter: each statement over many rows is one round
/// trip that unnests such columns.
enum Column {
  /// A `bigint[]`; nil elements are NULL.
  static func bigints(_ values: [Int64?]) -> PostgresParameter {
    var bytes = header(count: values.count, hasNull: values.contains { $0 == nil }, element: 20)
    for value in values {
      guard let value else {
        append(UInt32.max, &bytes)
        continue
      }
      append(UInt32(8), &bytes)
      append(UInt64(bitPattern: value), &bytes)
    }
    return PostgresParameter(bytes: bytes, isBinary: true, type: 1016)
  }

  /// A `double precision[]` in milliseconds of figures in microseconds; nil elements are NULL.
  static func milliseconds(_ values: [Int64?]) -> PostgresParameter {
    var bytes = header(count: values.count, hasNull: values.contains { $0 == nil }, element: 701)
    for value in values {
      guard let value else {
        append(UInt32.max, &bytes)
        continue
      }
      append(UInt32(8), &bytes)
      append((Double(value) / 1000).bitPattern, &bytes)
    }
    return PostgresParameter(bytes: bytes, isBinary: true, type: 1022)
  }

  /// A `timestamptz[]`; nil elements are NULL.
  static func times(_ values: [LogTime?]) -> PostgresParameter {
    var bytes = header(count: values.count, hasNull: values.contains { $0 == nil }, element: 1184)
    for value in values {
      guard let value else {
        append(UInt32.max, &bytes)
        continue
      }
      append(UInt32(8), &bytes)
      append(UInt64(bitPattern: value.microseconds &- 946_684_800_000_000), &bytes)
    }
    return PostgresParameter(bytes: bytes, isBinary: true, type: 1185)
  }

  /// A `text[]` of UTF-8; nil elements are NULL.
  static func texts(_ values: [[UInt8]?]) -> PostgresParameter {
    var bytes = header(count: values.count, hasNull: values.contains { $0 == nil }, element: 25)
    for value in values {
      guard let value else {
        append(UInt32.max, &bytes)
        continue
      }
      append(UInt32(truncatingIfNeeded: value.count), &bytes)
      bytes.append(contentsOf: value)
    }
    return PostgresParameter(bytes: bytes, isBinary: true, type: 1009)
  }

  /// A `text[]` of UTF-8.
  static func texts(_ values: [String]) -> PostgresParameter {
    texts(values.map { Array($0.utf8) })
  }

  /// A single bigint; nil is NULL.
  static func bigint(_ value: Int64?) -> PostgresParameter {
    value.map { .int($0) } ?? PostgresParameter(bytes: nil, isBinary: true, type: 20)
  }

  /// A single timestamptz; nil is NULL.
  static func time(_ value: LogTime?) -> PostgresParameter {
    guard let value else { return PostgresParameter(bytes: nil, isBinary: true, type: 1184) }
    var bytes: [UInt8] = []
    append(UInt64(bitPattern: value.microseconds &- 946_684_800_000_000), &bytes)
    return PostgresParameter(bytes: bytes, isBinary: true, type: 1184)
  }

  /// array_recv: dimensions, flag of NULLs, element type, then length and lower bound.
  private static func header(count: Int, hasNull: Bool, element: UInt32) -> [UInt8] {
    var bytes: [UInt8] = []
    bytes.reserveCapacity(20 + count * 12)
    append(UInt32(count == 0 ? 0 : 1), &bytes)
    append(UInt32(hasNull ? 1 : 0), &bytes)
    append(element, &bytes)
    guard count > 0 else { return bytes }
    append(UInt32(truncatingIfNeeded: count), &bytes)
    append(UInt32(1), &bytes)
    return bytes
  }

  private static func append<T: FixedWidthInteger>(_ value: T, _ bytes: inout [UInt8]) {
    withUnsafeBytes(of: value.bigEndian) { bytes.append(contentsOf: $0) }
  }
}
