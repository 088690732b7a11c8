/// Byte searches over borrowed memory, eight bytes a step.
enum Bytes {
  private static let ones: UInt64 = 0x0101_0101_0101_0101
  private static let highs: UInt64 = 0x8080_8080_8080_8080

  /// Index of the first `byte` in `[from, end)`, or `end`.
  @inline(__always)
  static func find(
    _ byte: UInt8, _ base: UnsafePointer<UInt8>, from: Int, end: Int
  ) -> Int {
    let pattern = UInt64(byte) &* ones
    var at = from
    while at &+ 8 <= end {
      let word = UnsafeRawPointer(base + at).loadUnaligned(as: UInt64.self) ^ pattern
      let hit = (word &- ones) & ~word & highs
      if hit != 0 { return at &+ UInt64(littleEndian: hit).trailingZeroBitCount >> 3 }
      at &+= 8
    }
    while at < end, base[at] != byte { at &+= 1 }
    return at
  }

  /// Whether `[from, end)` holds a byte above 0x7F, and whether it holds a NUL.
  static func survey(
    _ base: UnsafePointer<UInt8>, from: Int, end: Int
  ) -> (high: Bool, nul: Bool) {
    var ors: UInt64 = 0
    var zeros: UInt64 = 0
    var at = from
    while at &+ 8 <= end {
      let word = UnsafeRawPointer(base + at).loadUnaligned(as: UInt64.self)
      ors |= word
      zeros |= (word &- ones) & ~word
      at &+= 8
    }
    var nul = zeros & highs != 0
    while at < end {
      ors |= UInt64(base[at])
      nul = nul || base[at] == 0
      at &+= 1
    }
    return (ors & highs != 0, nul)
  }

  /// Whether the bytes at `at` are `word`.
  @inline(__always)
  static func starts(
    _ base: UnsafePointer<UInt8>, at: Int, end: Int, with word: StaticString
  ) -> Bool {
    let count = word.utf8CodeUnitCount
    guard at &+ count <= end else { return false }
    let expected = word.utf8Start
    for i in 0..<count where base[at &+ i] != expected[i] { return false }
    return true
  }

  /// Index of the first occurrence of `word` in `[from, end)`, or nil.
  static func find(
    _ word: StaticString, _ base: UnsafePointer<UInt8>, from: Int, end: Int
  ) -> Int? {
    let first = word.utf8Start[0]
    var at = find(first, base, from: from, end: end)
    while at < end {
      if starts(base, at: at, end: end, with: word) { return at }
      at = find(first, base, from: at &+ 1, end: end)
    }
    return nil
  }

  /// The value of a run of decimal digits that fills `[from, end)` exactly; nil when it is empty,
  /// has another character or does not fit.
  static func decimal(_ base: UnsafePointer<UInt8>, from: Int, end: Int) -> Int64? {
    guard from < end, end &- from <= 19 else { return nil }
    var value: Int64 = 0
    for at in from..<end {
      let digit = Int64(base[at]) &- 48
      guard digit >= 0, digit <= 9 else { return nil }
      let (product, over) = value.multipliedReportingOverflow(by: 10)
      let (sum, carried) = product.addingReportingOverflow(digit)
      guard !over, !carried else { return nil }
      value = sum
    }
    return value
  }

  /// As `decimal`, with an optional minus; -2^63 too.
  static func signedDecimal(_ base: UnsafePointer<UInt8>, from: Int, end: Int) -> Int64? {
    guard from < end, base[from] == UInt8(ascii: "-") else {
      return decimal(base, from: from, end: end)
    }
    guard let text = decimal(base, from: from &+ 1, end: end) else {
      return starts(base, at: from, end: end, with: "-9223372036854775808")
        && end &- from == 20 ? Int64.min : nil
    }
    return -text
  }
}
