/// Takes passwords out of a text, whatever the text is: SQL, a statement that the grammar refuses,
/// a plan's JSON, an error message.
///
/// Found by their surroundings, not by grammar, and in literals, comments and dollar quotes too:
/// the value behind `password` (`PASSWORD '…'`, `password=…`, `"password": "…"`, `PGPASSWORD=…`,
/// `passwd`), and the password of a URI (`scheme://user:…@host`). In doubt more is taken out.
public enum CredentialScrubber {
  /// What stands where a password was.
  public static let mask: StaticString = "********"

  /// `text` without passwords; nil when there are none. Linear.
  public static func scrub(_ text: UnsafeBufferPointer<UInt8>) -> [UInt8]? {
    guard let base = text.baseAddress else { return nil }
    var ranges = passwords(base, text.count)
    ranges += uriPasswords(base, text.count)
    guard !ranges.isEmpty else { return nil }
    ranges.sort { $0.lowerBound < $1.lowerBound }
    var out: [UInt8] = []
    out.reserveCapacity(text.count + 8)
    var at = 0
    for range in ranges {
      // Two rules may have found the same password.
      guard range.lowerBound >= at else {
        at = max(at, range.upperBound)
        continue
      }
      out.append(contentsOf: text[at..<range.lowerBound])
      out.append(
        contentsOf: UnsafeBufferPointer(start: mask.utf8Start, count: mask.utf8CodeUnitCount))
      at = range.upperBound
    }
    out.append(contentsOf: text[at...])
    return out
  }

  // MARK: - URI

  private static func uriPasswords(_ base: UnsafePointer<UInt8>, _ count: Int) -> [Range<Int>] {
    var found: [Range<Int>] = []
    var at = 0
    while true {
      at = ByteScan.find(0x3A, in: base, from: at, to: count)
      guard at + 2 < count else { return found }
      guard base[at + 1] == 0x2F, base[at + 2] == 0x2F else {
        at += 1
        continue
      }
      at += 3
      var colon: Int?
      var host: Int?
      scan: while at < count {
        switch base[at] {
        case 0x3A where colon == nil: colon = at
        case 0x40: host = at
        case 0x2F, 0x00...0x20, 0x22, 0x3C, 0x3E, 0x60: break scan
        case 0x27:
          // Doubled, the quote belongs to a password within a literal.
          guard at + 1 < count, base[at + 1] == 0x27 else { break scan }
          at += 1
        default: break
        }
        at += 1
      }
      if let colon, let host, colon + 1 < host { found.append(colon + 1..<host) }
    }
  }

  // MARK: - password

  private static func passwords(_ base: UnsafePointer<UInt8>, _ count: Int) -> [Range<Int>] {
    var found: [Range<Int>] = []
    var at = 4
    while true {
      at = ByteScan.find(0x77, or: 0x57, in: base, from: at, to: count)
      guard at < count else { return found }
      defer { at += 1 }
      guard lower(base, at - 4) == 0x70, lower(base, at - 3) == 0x61,
        lower(base, at - 2) == 0x73, lower(base, at - 1) == 0x73
      else { continue }
      var end = at + 1
      if end + 2 < count, lower(base, end) == 0x6F, lower(base, end + 1) == 0x72,
        lower(base, end + 2) == 0x64
      {
        end += 3
      } else if end < count, lower(base, end) == 0x64 {
        end += 1
      } else {
        continue
      }
      var reader = PasswordReader(base: base, count: count, at: end)
      reader.read(&found)
      // What was read is not read again, which keeps the whole linear.
      at = max(at, reader.at - 1)
    }
  }

  private static func lower(_ base: UnsafePointer<UInt8>, _ at: Int) -> UInt8 {
    Words.lower(base[at])
  }
}

/// Reads what follows the word `password`.
private struct PasswordReader {
  let base: UnsafePointer<UInt8>
  let count: Int
  var at: Int

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
    default: if hasEquals { unquoted(&found) }
    }
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
