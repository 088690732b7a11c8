/// Words of up to eight bytes as integers, lower-cased: comparing keywords costs one instruction.
enum Words {
  /// The word of `token`, first byte lowest; 0 when it is longer than eight bytes.
  @inline(__always)
  static func pack(_ base: UnsafePointer<UInt8>, _ token: SQLToken) -> UInt64 {
    guard token.end &- token.start <= 8 else { return 0 }
    var packed: UInt64 = 0
    var shift: UInt64 = 0
    var at = token.start
    while at < token.end {
      packed |= UInt64(lower(base[at])) &<< shift
      shift &+= 8
      at &+= 1
    }
    return packed
  }

  /// The packed form of a word in the source, in lower case, at most eight bytes.
  @inline(__always)
  static func pack(_ word: StaticString) -> UInt64 {
    var packed: UInt64 = 0
    var index = word.utf8CodeUnitCount
    while index > 0 {
      index &-= 1
      packed = packed &<< 8 | UInt64(word.utf8Start[index])
    }
    return packed
  }

  /// `byte` with A–Z as a–z, as PostgreSQL folds names in every multibyte encoding.
  @inline(__always)
  static func lower(_ byte: UInt8) -> UInt8 { byte &- 0x41 < 26 ? byte | 0x20 : byte }

  /// Whether the word of `token` is `word`, given in lower case.
  @inline(__always)
  static func matches(
    _ base: UnsafePointer<UInt8>, _ token: SQLToken, _ word: StaticString
  ) -> Bool {
    guard token.end &- token.start == word.utf8CodeUnitCount else { return false }
    var index = 0
    while index < word.utf8CodeUnitCount {
      guard lower(base[token.start &+ index]) == word.utf8Start[index] else { return false }
      index &+= 1
    }
    return true
  }
}
