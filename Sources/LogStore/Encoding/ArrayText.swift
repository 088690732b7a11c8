internal import LogModel

/// Arrays in their text form, for where an array of arrays would be needed: each element of the
/// outer array is such a text, and SQL casts it.
enum ArrayText {
  /// `{"a","b\"c",NULL}` of the parameters in a DETAIL; nil for none.
  static func parameters(_ text: ArraySlice<UInt8>) -> [UInt8]? {
    guard !text.isEmpty else { return nil }
    return text.withUnsafeBufferPointer { bytes in
      var values: [ParameterList.Value] = []
      guard ParameterList.read(bytes, into: &values) else { return of([Array(bytes)]) }
      return of(
        values.map { value in
          value.isNull ? nil : unescaped(bytes, value)
        })
    }
  }

  /// The array of `elements`; nil elements are NULL.
  static func of(_ elements: [[UInt8]?]) -> [UInt8] {
    var text = [UInt8(ascii: "{")]
    for (index, element) in elements.enumerated() {
      if index > 0 { text.append(UInt8(ascii: ",")) }
      guard let element else {
        text.append(contentsOf: "NULL".utf8)
        continue
      }
      text.append(UInt8(ascii: "\""))
      for byte in element {
        if byte == UInt8(ascii: "\"") || byte == UInt8(ascii: "\\") {
          text.append(UInt8(ascii: "\\"))
        }
        text.append(byte)
      }
      text.append(UInt8(ascii: "\""))
    }
    text.append(UInt8(ascii: "}"))
    return text
  }

  private static func unescaped(
    _ bytes: UnsafeBufferPointer<UInt8>, _ value: ParameterList.Value
  ) -> [UInt8] {
    var result: [UInt8] = []
    result.reserveCapacity(value.count)
    var at = value.start
    while at < value.end {
      result.append(bytes[at])
      at += bytes[at] == UInt8(ascii: "'") ? 2 : 1
    }
    return result
  }
}
