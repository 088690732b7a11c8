/// Searches of single bytes, eight at a time.
enum ByteScan {
  /// Index of the first `byte` in `[from, to)`, or `to`.
  @inline(__always)
  static func find(_ byte: UInt8, in base: UnsafePointer<UInt8>, from: Int, to: Int) -> Int {
    let pattern = UInt64(byte) &* 0x0101_0101_0101_0101
    var at = from
    while at &+ 8 <= to {
      let zeroes = zeroBytes(load(base, at) ^ pattern)
      if zeroes != 0 { return at &+ zeroes.trailingZeroBitCount &>> 3 }
      at &+= 8
    }
    while at < to, base[at] != byte { at &+= 1 }
    return at
  }

  /// Index of the first `a` or `b` in `[from, to)`, or `to`.
  @inline(__always)
  static func find(
    _ a: UInt8, or b: UInt8, in base: UnsafePointer<UInt8>, from: Int, to: Int
  ) -> Int {
    let patternA = UInt64(a) &* 0x0101_0101_0101_0101
    let patternB = UInt64(b) &* 0x0101_0101_0101_0101
    var at = from
    while at &+ 8 <= to {
      let word = load(base, at)
      let zeroes = zeroBytes(word ^ patternA) | zeroBytes(word ^ patternB)
      if zeroes != 0 { return at &+ zeroes.trailingZeroBitCount &>> 3 }
      at &+= 8
    }
    while at < to, base[at] != a, base[at] != b { at &+= 1 }
    return at
  }

  /// Index of the first letter by which `CredentialWords` knows a word, or `to`: `w`, `g`, `c`, `k`
  /// in both cases, and `&`. Nearly every text is asked for them, so it is one search.
  static func findCredentialLetter(
    in base: UnsafePointer<UInt8>, from: Int, to: Int
  ) -> Int {
    var at = from
    while at &+ 8 <= to {
      let word = load(base, at) | 0x2020_2020_2020_2020
      let found =
        zeroBytes(word ^ 0x7777_7777_7777_7777) | zeroBytes(word ^ 0x6767_6767_6767_6767)
        | zeroBytes(word ^ 0x6363_6363_6363_6363) | zeroBytes(word ^ 0x6B6B_6B6B_6B6B_6B6B)
        | zeroBytes(word ^ 0x2626_2626_2626_2626)
      if found != 0 { return at &+ found.trailingZeroBitCount &>> 3 }
      at &+= 8
    }
    while at < to {
      switch base[at] | 0x20 {
      case 0x77, 0x67, 0x63, 0x6B, 0x26: return at
      default: at &+= 1
      }
    }
    return to
  }

  /// Eight bytes at `at`, the first in the lowest place.
  @inline(__always)
  static func load(_ base: UnsafePointer<UInt8>, _ at: Int) -> UInt64 {
    UInt64(
      littleEndian: UnsafeRawPointer(base).loadUnaligned(fromByteOffset: at, as: UInt64.self))
  }

  // The lowest marked byte is a zero byte for sure; marks above it may be false.
  @inline(__always)
  private static func zeroBytes(_ word: UInt64) -> UInt64 {
    (word &- 0x0101_0101_0101_0101) & ~word & 0x8080_8080_8080_8080
  }
}
