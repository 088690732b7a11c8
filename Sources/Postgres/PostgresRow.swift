/// One row of a `PostgresResult`; columns count from 0. A column outside the row traps.
public struct PostgresRow: Sendable {
  let storage: PostgresResult.Storage
  let firstCell: Int

  /// Number of columns.
  public var columnCount: Int { storage.columnTypes.count }

  /// The cell's bytes, in text or binary form as it was asked for; nil is NULL. No copy.
  public subscript(column: Int) -> ArraySlice<UInt8>? {
    let cell = cell(column)
    guard cell.length >= 0 else { return nil }
    return storage.buffer[cell.start..<cell.start + cell.length]
  }

  /// Whether the cell is NULL.
  public func isNull(_ column: Int) -> Bool { cell(column).length < 0 }

  /// The cell's bytes as UTF-8 text; nil is NULL.
  public func string(_ column: Int) -> String? {
    self[column].map { String(decoding: $0, as: UTF8.self) }
  }

  /// The cell as an integer, from text or from a binary int2, int4 or int8; nil is NULL or no
  /// integer.
  public func int(_ column: Int) -> Int64? {
    guard let bytes = self[column] else { return nil }
    guard storage.isBinary else { return Self.decimal(bytes) }
    switch bytes.count {
    case 2: return Int64(Int16(truncatingIfNeeded: Self.bigEndian(bytes)))
    case 4: return Int64(Int32(truncatingIfNeeded: Self.bigEndian(bytes)))
    case 8: return Int64(bitPattern: Self.bigEndian(bytes))
    default: return nil
    }
  }

  /// The cell as a number, from text or from a binary float4 or float8; nil is NULL or no number.
  public func double(_ column: Int) -> Double? {
    guard let bytes = self[column] else { return nil }
    guard storage.isBinary else { return Double(String(decoding: bytes, as: UTF8.self)) }
    switch bytes.count {
    case 4: return Double(Float(bitPattern: UInt32(truncatingIfNeeded: Self.bigEndian(bytes))))
    case 8: return Double(bitPattern: Self.bigEndian(bytes))
    default: return nil
    }
  }

  /// The cell as a boolean (`t`, `f`, or a binary byte); nil is NULL or no boolean.
  public func bool(_ column: Int) -> Bool? {
    guard let bytes = self[column], bytes.count == 1, let byte = bytes.first else { return nil }
    switch byte {
    case UInt8(ascii: "t"), 1: return true
    case UInt8(ascii: "f"), 0: return false
    default: return nil
    }
  }

  /// The cell as a bytea: from its hex text form or its binary form; nil is NULL or no bytea.
  public func bytea(_ column: Int) -> [UInt8]? {
    guard let bytes = self[column] else { return nil }
    guard !storage.isBinary else { return Array(bytes) }
    guard bytes.starts(with: [UInt8(ascii: "\\"), UInt8(ascii: "x")]), bytes.count % 2 == 0 else {
      return nil
    }
    var result: [UInt8] = []
    result.reserveCapacity(bytes.count / 2 - 1)
    var at = bytes.startIndex + 2
    while at < bytes.endIndex {
      guard let high = Self.hexDigit(bytes[at]), let low = Self.hexDigit(bytes[at + 1]) else {
        return nil
      }
      result.append(high << 4 | low)
      at += 2
    }
    return result
  }

  private func cell(_ column: Int) -> PostgresResult.Cell {
    precondition(column >= 0 && column < columnCount, "column out of range")
    return storage.cells[firstCell + column]
  }

  private static func bigEndian(_ bytes: ArraySlice<UInt8>) -> UInt64 {
    bytes.reduce(0) { $0 << 8 | UInt64($1) }
  }

  private static func decimal(_ bytes: ArraySlice<UInt8>) -> Int64? {
    let isNegative = bytes.first == UInt8(ascii: "-")
    let digits = isNegative ? bytes.dropFirst() : bytes
    guard !digits.isEmpty else { return nil }
    var value: Int64 = 0
    for byte in digits {
      guard byte >= UInt8(ascii: "0"), byte <= UInt8(ascii: "9") else { return nil }
      let (scaled, overflows) = value.multipliedReportingOverflow(by: 10)
      let digit = Int64(byte - UInt8(ascii: "0"))
      // Built downwards from 0, because the least Int64 has no positive counterpart.
      let (next, overflowsToo) = scaled.subtractingReportingOverflow(digit)
      guard !overflows, !overflowsToo else { return nil }
      value = next
    }
    guard !isNegative else { return value }
    return value == Int64.min ? nil : -value
  }

  private static func hexDigit(_ byte: UInt8) -> UInt8? {
    switch byte {
    case UInt8(ascii: "0")...UInt8(ascii: "9"): return byte - UInt8(ascii: "0")
    case UInt8(ascii: "a")...UInt8(ascii: "f"): return byte - UInt8(ascii: "a") + 10
    case UInt8(ascii: "A")...UInt8(ascii: "F"): return byte - UInt8(ascii: "A") + 10
    default: return nil
    }
  }
}
