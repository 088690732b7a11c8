/// Writes the correlator's state as bytes: integers as LEB128, signed ones zigzag.
struct StateWriter {
  private(set) var bytes: [UInt8] = []

  mutating func unsigned(_ value: UInt64) {
    var rest = value
    while rest >= 0x80 {
      bytes.append(UInt8(truncatingIfNeeded: rest) | 0x80)
      rest >>= 7
    }
    bytes.append(UInt8(rest))
  }

  mutating func signed(_ value: Int64) {
    unsigned(UInt64(bitPattern: value << 1 ^ value >> 63))
  }

  mutating func flag(_ value: Bool) { bytes.append(value ? 1 : 0) }

  mutating func optional(_ value: Int64?) {
    flag(value != nil)
    if let value { signed(value) }
  }

  mutating func list<Element>(
    _ elements: [Element], _ write: (inout StateWriter, Element) -> Void
  ) {
    unsigned(UInt64(elements.count))
    for element in elements { write(&self, element) }
  }
}

/// The bytes are no state of this version: written by another program or damaged.
public struct StateDecodingError: Error, Sendable, Equatable {
  /// Offset within the state at which reading failed.
  public let offset: Int
}

/// Reads what `StateWriter` wrote.
struct StateReader {
  private let bytes: [UInt8]
  private(set) var at = 0

  init(_ bytes: [UInt8]) { self.bytes = bytes }

  var isAtEnd: Bool { at == bytes.count }

  mutating func unsigned() throws(StateDecodingError) -> UInt64 {
    var value: UInt64 = 0
    var shift: UInt64 = 0
    while shift < 64 {
      guard at < bytes.count else { break }
      let byte = bytes[at]
      at += 1
      value |= UInt64(byte & 0x7F) << shift
      if byte < 0x80 { return value }
      shift += 7
    }
    throw StateDecodingError(offset: at)
  }

  mutating func signed() throws(StateDecodingError) -> Int64 {
    let value = try unsigned()
    return Int64(bitPattern: value >> 1) ^ -Int64(bitPattern: value & 1)
  }

  mutating func flag() throws(StateDecodingError) -> Bool {
    guard at < bytes.count, bytes[at] <= 1 else { throw StateDecodingError(offset: at) }
    at += 1
    return bytes[at - 1] == 1
  }

  mutating func optional() throws(StateDecodingError) -> Int64? {
    try flag() ? try signed() : nil
  }

  mutating func list<Element>(
    _ read: (inout StateReader) throws(StateDecodingError) -> Element
  ) throws(StateDecodingError) -> [Element] {
    let count = try unsigned()
    guard count <= UInt64(bytes.count) else { throw StateDecodingError(offset: at) }
    var elements: [Element] = []
    for _ in 0..<count { elements.append(try read(&self)) }
    return elements
  }
}
