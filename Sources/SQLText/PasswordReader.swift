/// Reads what follows the word `password`.
struct PasswordReader {
  private let base: UnsafePointer<UInt8>
  private let count: Int
  private(set) var at: Int
  /// A word without quotes and `=` is the value too.
  private let takesWords: Bool
  /// Number of the parameter that stands where the value does.
  private(set) var parameter: Int?

  /// A reader behind the word, at `at`.
  init(base: UnsafePointer<UInt8>, count: Int, at: Int, takesWords: Bool) {
    self.base = base
    self.count = count
    self.at = at
    self.takesWords = takesWords
  }

  private func byte(_ index: Int) -> UInt8 { index < count ? base[index] : 0 }

  /// Appends the range of the value, if one follows.
  mutating func read(_ found: inout [Range<Int>]) {
    let wordEnd = at
    // The word may be quoted itself, as a key of JSON or a name.
    if byte(at) == 0x5C, byte(at + 1) == 0x22 { at += 1 }
    let isQuotedKey = byte(at) == 0x22
    if isQuotedKey { at += 1 }
    skipGap()
    var hasEquals = false
    switch byte(at) {
    case 0x3D:
      hasEquals = true
      at += byte(at + 1) == 0x3E ? 2 : 1
    case 0x3A where byte(at + 1) == 0x3D:
      hasEquals = true
      at += 2
    case 0x3A where isQuotedKey:
      hasEquals = true
      at += 1
    default: break
    }
    if hasEquals { skipGap() }
    if hasEquals { skipCall() }
    skipPrefix()
    switch byte(at) {
    case 0x27: quoted(0x27, &found)
    case 0x22:
      guard hasEquals || at > wordEnd else { return }
      quoted(0x22, &found)
    case 0x5C where byte(at + 1) == 0x27 || byte(at + 1) == 0x22:
      guard at > wordEnd else { return }
      escaped(&found)
    case 0x24 where !isDigit(byte(at + 1)): dollarQuoted(&found)
    case 0x24 where hasEquals || takesWords: parameter = number(at + 1)
    default: if hasEquals || takesWords && at > wordEnd && !isNull { unquoted(&found) }
    }
  }

  private func number(_ from: Int) -> Int {
    var value = 0
    var index = from
    while isDigit(byte(index)), value < 100_000 {
      value = value * 10 + Int(byte(index) - 0x30)
      index += 1
    }
    return value
  }

  private var isNull: Bool {
    byte(at) | 0x20 == 0x6E && byte(at + 1) | 0x20 == 0x75 && byte(at + 2) | 0x20 == 0x6C
      && byte(at + 3) | 0x20 == 0x6C && !isWordByte(byte(at + 4))
  }

  private func isDigit(_ byte: UInt8) -> Bool { byte &- 0x30 < 10 }

  private func isWordByte(_ byte: UInt8) -> Bool {
    byte >= 0x80 || isDigit(byte) || (byte | 0x20) &- 0x61 < 26 || byte == 0x5F
  }

  /// White space, the same escaped as JSON has it, and comments.
  private mutating func skipGap() {
    while at < count {
      switch base[at] {
      case 0x20, 0x09...0x0D: at += 1
      case 0x5C where byte(at + 1) == 0x6E || byte(at + 1) == 0x74 || byte(at + 1) == 0x72: at += 2
      case 0x2D where byte(at + 1) == 0x2D:
        at = ByteScan.find(0x0A, in: base, from: at, to: count)
      case 0x2F where byte(at + 1) == 0x2A:
        at += 2
        while at < count, !(base[at] == 0x2A && byte(at + 1) == 0x2F) { at += 1 }
        at = min(at + 2, count)
      default: return
      }
    }
  }

  /// `crypt('…'`: the constant in the call is the password.
  private mutating func skipCall() {
    var ahead = at
    while ahead < count, isWordByte(base[ahead]) || base[ahead] == 0x2E { ahead += 1 }
    guard ahead > at, byte(ahead) == 0x28 else { return }
    ahead += 1
    while byte(ahead) == 0x20 { ahead += 1 }
    let next = byte(ahead)
    if next == 0x27 || next == 0x24 || byte(ahead + 1) == 0x27 { at = ahead }
  }

  /// The letters before a quote: `E'…'`, `U&'…'`.
  private mutating func skipPrefix() {
    let letter = byte(at) | 0x20
    if byte(at + 1) == 0x27, letter == 0x65 || letter == 0x6E || letter == 0x62 || letter == 0x78 {
      at += 1
    } else if letter == 0x75, byte(at + 1) == 0x26, byte(at + 2) == 0x27 {
      at += 2
    }
  }

  /// A value in quotes. A quote is doubled when the whole stands in quotes, then the value ends at
  /// the next doubled one.
  private mutating func quoted(_ quote: UInt8, _ found: inout [Range<Int>]) {
    let isDoubled = byte(at + 1) == quote && isValueByte(byte(at + 2))
    at += isDoubled ? 2 : 1
    let start = at
    while at < count {
      if base[at] == 0x5C {
        at = min(at + 2, count)
      } else if base[at] != quote {
        at += 1
      } else if isDoubled || byte(at + 1) != quote {
        break
      } else {
        at += 2
      }
    }
    if at > start { found.append(start..<at) }
    guard !isDoubled, at < count else { return }
    at += 1
    continued(quote, &found)
  }

  /// `'…'` goes on after a line break.
  private mutating func continued(_ quote: UInt8, _ found: inout [Range<Int>]) {
    guard quote == 0x27 else { return }
    let end = at
    skipGap()
    let sawBreak = UnsafeBufferPointer(start: base + end, count: at - end).contains(0x0A)
    guard sawBreak, byte(at) == quote else {
      at = end
      return
    }
    let start = at + 1
    at = start
    while at < count, base[at] != quote { at += 1 }
    if at > start { found.append(start..<at) }
  }

  private func isValueByte(_ byte: UInt8) -> Bool {
    switch byte {
    case 0...0x20, 0x27, 0x22, 0x29, 0x2C, 0x3B: false
    default: true
    }
  }

  /// A value whose quotes are escaped with a backslash.
  private mutating func escaped(_ found: inout [Range<Int>]) {
    let quote = byte(at + 1)
    at += 2
    let start = at
    while at < count, !(base[at] == 0x5C && byte(at + 1) == quote), base[at] != quote {
      at += base[at] == 0x5C && byte(at + 1) == 0x5C ? 2 : 1
    }
    at = min(at, count)
    if at > start { found.append(start..<at) }
  }

  private mutating func dollarQuoted(_ found: inout [Range<Int>]) {
    var tagEnd = at + 1
    while tagEnd < count, isWordByte(base[tagEnd]) { tagEnd += 1 }
    guard byte(tagEnd) == 0x24 else { return }
    let text = UnsafeBufferPointer(start: base + at, count: count - at)
    var lexer = SQLLexer(text)
    let token = lexer.next()
    let start = tagEnd + 1
    let end = token.isUnterminated ? count : at + token.end - (tagEnd + 1 - at)
    at = end
    if end > start { found.append(start..<end) }
  }

  /// Up to white space or what ends a value in conninfo, URI, list and shell.
  private mutating func unquoted(_ found: inout [Range<Int>]) {
    let start = at
    // `$1`, `?` and what was scrubbed before are no passwords.
    if byte(at) == 0x24 || byte(at) == 0x3F || byte(at) == 0x2A { return }
    scan: while at < count {
      switch base[at] {
      case 0...0x20, 0x22, 0x26, 0x27, 0x28, 0x29, 0x2C, 0x3B, 0x3C, 0x3E, 0x60: break scan
      // An escaped quote or line break ends it, an escaped other byte belongs to it.
      case 0x5C where byte(at + 1) == 0x22 || byte(at + 1) == 0x6E: break scan
      case 0x5C: at = min(at + 2, count)
      default: at += 1
      }
    }
    if at > start { found.append(start..<at) }
  }
}
