internal import LogModel

extension RowWriter {
  /// Longest spelling of a session.
  static let sessionBytesMax = 25

  /// A timestamptz.
  @inline(__always)
  mutating func time(_ value: LogTime) { time(value.microseconds) }

  /// A SQLSTATE as text.
  @inline(__always)
  mutating func sqlstate(_ value: SQLState) {
    raw(Int32(5))
    raw(UInt8(truncatingIfNeeded: value.packed >> 32))
    raw(UInt32(truncatingIfNeeded: value.packed))
  }

  /// A session in PostgreSQL's spelling, without making a String.
  @inline(__always)
  mutating func session(_ value: SessionID) {
    let place = placeholder()
    hex(value.start)
    raw(UInt8(ascii: "."))
    hex(UInt64(value.process))
    fill(place)
  }

  /// The parameters of a DETAIL as text[], NULL for none. What is no list of parameters is kept as
  /// the only element.
  @inline(__always)
  mutating func parameters(
    _ text: UnsafeBufferPointer<UInt8>, scratch: inout [ParameterList.Value]
  ) {
    guard !text.isEmpty else { return null() }
    let place = placeholder()
    raw(Int32(1))
    let isList = ParameterList.read(text, into: &scratch)
    raw(Int32(isList && scratch.contains { $0.isNull } ? 1 : 0))
    raw(Int32(25))
    raw(Int32(isList ? scratch.count : 1))
    raw(Int32(1))
    if isList {
      for value in scratch { parameter(value, of: text) }
    } else {
      bytes(UnsafeRawBufferPointer(text))
    }
    fill(place)
  }

  /// Bound of what `parameters` writes: an element of four bytes (`$1 = `…) becomes at most eight.
  static func parametersBytesMax(_ count: Int) -> Int { 64 + 2 * count }

  private mutating func parameter(
    _ value: ParameterList.Value, of text: UnsafeBufferPointer<UInt8>
  ) {
    guard !value.isNull else { return null() }
    let whole = UnsafeRawBufferPointer(
      rebasing: UnsafeRawBufferPointer(text)[value.start..<value.end])
    guard value.doubledQuotes > 0 else { return bytes(whole) }
    raw(Int32(truncatingIfNeeded: value.count))
    var index = 0
    while index < whole.count {
      raw(whole[index])
      index += whole[index] == UInt8(ascii: "'") ? 2 : 1
    }
  }

  private mutating func hex(_ value: UInt64) {
    var shift = value == 0 ? 0 : (63 - value.leadingZeroBitCount) & ~3
    while shift >= 0 {
      let digit = UInt8(truncatingIfNeeded: value >> UInt64(shift)) & 15
      raw(digit < 10 ? UInt8(ascii: "0") + digit : UInt8(ascii: "a") + digit - 10)
      shift -= 4
    }
  }
}
