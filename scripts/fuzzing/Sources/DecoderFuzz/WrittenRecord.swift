/// A record as the server writes it, with given texts.
struct WrittenRecord {
  /// Columns that hold any text, in the order in which texts are given to them.
  private static let order = [13, 14, 19, 18, 1, 2, 4, 7, 15, 16, 21, 22, 23]

  let columns: Int
  let bytes: [UInt8]
  /// By column; columns without a text are NULL.
  let texts: [Int: [UInt8]]
  /// The bytes are no UTF-8.
  let isTranscoded: Bool

  init(_ given: [[UInt8]], columns: Int) {
    self.columns = columns
    var texts: [Int: [UInt8]] = [:]
    for (column, text) in zip(Self.order, given) where column < columns { texts[column] = text }
    let fixed = [
      0: "2026-11-24 12:00:00.000 UTC", 3: "26499", 5: "6b049016.6783", 6: "1",
      8: "2026-11-24 12:00:00 UTC", 9: "3/10", 10: "0", 11: "LOG", 12: "00000", 25: "-7",
    ]
    var bytes: [UInt8] = []
    for column in 0..<columns {
      if column > 0 { bytes.append(0x2C) }
      if let text = texts[column] {
        bytes.append(0x22)
        for byte in text {
          if byte == 0x22 { bytes.append(byte) }
          bytes.append(byte)
        }
        bytes.append(0x22)
      } else {
        bytes += Array((fixed[column] ?? "").utf8)
      }
    }
    bytes.append(0x0A)
    self.bytes = bytes
    self.texts = texts
    isTranscoded = String(validating: bytes, as: UTF8.self) == nil
  }

  /// What a column has to be read as.
  func expected(_ column: Int) -> [UInt8] {
    let text = texts[column] ?? []
    guard isTranscoded else { return text }
    return Array(String(String.UnicodeScalarView(text.map { Unicode.Scalar($0) })).utf8)
  }
}
