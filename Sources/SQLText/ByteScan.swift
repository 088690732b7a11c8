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
