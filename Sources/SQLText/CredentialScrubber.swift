/// Takes passwords out of a text, whatever the text is: SQL, a statement that the grammar refuses,
/// a plan's JSON, an error message.
///
/// Found by their surroundings, not by grammar, and in literals, comments and dollar quotes too:
/// the value behind `password` (`PASSWORD '…'`, `password=…`, `"password": "…"`, `PGPASSWORD=…`,
/// `passwd`), the password of a URI (`scheme://user:…@host`), and the whole command of a COPY …
/// PROGRAM. In doubt more is taken out.
public enum CredentialScrubber {
  /// What stands where a password was.
  public static let mask: StaticString = "********"

  /// Whether `scrub` may find something: the word is there, or a URI with a user. False for nearly
  /// every text, at little more than the cost of reading it.
  public static func isSuspect(_ text: UnsafeBufferPointer<UInt8>) -> Bool {
    guard let base = text.baseAddress else { return false }
    if nextWord(base, from: 4, to: text.count) != nil || startsCopy(text) { return true }
    var at = 0
    while true {
      at = ByteScan.find(0x3A, in: base, from: at, to: text.count)
      guard at + 2 < text.count else { return false }
      if base[at + 1] == 0x2F, base[at + 2] == 0x2F {
        return ByteScan.find(0x40, in: base, from: at, to: text.count) < text.count
      }
      at += 1
    }
  }

  /// The passwords that `scrub` would take out, as they stand in the text.
  public static func secrets(_ text: UnsafeBufferPointer<UInt8>) -> [[UInt8]] {
    found(text).map { Array(text[$0]) }
  }

  private static func found(_ text: UnsafeBufferPointer<UInt8>) -> [Range<Int>] {
    guard let base = text.baseAddress, isSuspect(text) else { return [] }
    return passwords(base, text.count).ranges + uriPasswords(base, text.count) + programs(text)
  }

  /// The numbers of the parameters that a statement takes as passwords: `password = $1`.
  public static func secretParameters(_ text: UnsafeBufferPointer<UInt8>) -> [Int] {
    guard let base = text.baseAddress else { return [] }
    return passwords(base, text.count).parameters
  }

  /// `text` without passwords; nil when there are none. Linear.
  public static func scrub(_ text: UnsafeBufferPointer<UInt8>) -> [UInt8]? {
    var ranges = found(text)
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

  private static func passwords(
    _ base: UnsafePointer<UInt8>, _ count: Int
  ) -> (ranges: [Range<Int>], parameters: [Int]) {
    var found: [Range<Int>] = []
    var parameters: [Int] = []
    var from = 4
    while let end = nextWord(base, from: from, to: count) {
      var reader = PasswordReader(
        base: base, count: count, at: end, takesWords: isOfRole(base, end))
      reader.read(&found)
      if let parameter = reader.parameter { parameters.append(parameter) }
      // What was read is not read again, which keeps the whole linear.
      from = max(end, reader.at)
    }
    return (found, parameters)
  }

  /// One past the next `password` or `passwd` whose `w` is at `from` or behind it.
  private static func nextWord(
    _ base: UnsafePointer<UInt8>, from: Int, to count: Int
  ) -> Int? {
    var at = from
    while true {
      at = ByteScan.find(0x77, or: 0x57, in: base, from: at, to: count)
      guard at < count else { return nil }
      defer { at += 1 }
      guard lower(base, at - 1) == 0x73, lower(base, at - 2) == 0x73,
        lower(base, at - 3) == 0x61, lower(base, at - 4) == 0x70
      else { continue }
      let end = at + 1
      if end + 2 < count, lower(base, end) == 0x6F, lower(base, end + 1) == 0x72,
        lower(base, end + 2) == 0x64
      {
        return end + 3
      }
      if end < count, lower(base, end) == 0x64 { return end + 1 }
    }
  }

  /// Whether `CREATE ROLE`, `ALTER USER` or the like stands before the word: the password may follow
  /// without quotes then, and be refused.
  private static func isOfRole(_ base: UnsafePointer<UInt8>, _ at: Int) -> Bool {
    let start = max(0, at - 256)
    var lexer = SQLLexer(UnsafeBufferPointer(start: base + start, count: at - start))
    var before = lexer.next()
    while before.kind != .endOfText {
      let token = lexer.next()
      let from = base + start
      if before.kind == .word, token.kind == .word,
        Words.matches(from, before, "create") || Words.matches(from, before, "alter"),
        Words.matches(from, token, "role") || Words.matches(from, token, "user")
          || Words.matches(from, token, "group")
      {
        return true
      }
      before = token
    }
    return false
  }

  // MARK: - COPY … PROGRAM

  private static func startsCopy(_ text: UnsafeBufferPointer<UInt8>) -> Bool {
    guard let first = text.first else { return false }
    // Most statements begin with another letter: they are told without the lexer.
    guard first <= 0x20 || first | 0x20 == 0x63 || first == 0x2D || first == 0x2F else {
      return false
    }
    var lexer = SQLLexer(text)
    let token = lexer.next()
    guard let base = text.baseAddress, token.kind == .word else { return false }
    return Words.matches(base, token, "copy")
  }

  /// The command behind PROGRAM: a shell has more ways to be told a password than can be listed.
  private static func programs(_ text: UnsafeBufferPointer<UInt8>) -> [Range<Int>] {
    guard let base = text.baseAddress, startsCopy(text) else { return [] }
    var found: [Range<Int>] = []
    var lexer = SQLLexer(text)
    var before = lexer.next()
    while before.kind != .endOfText {
      let token = lexer.next()
      if token.kind == .string, before.kind == .word, Words.matches(base, before, "program") {
        let isDollar = base[token.start] == 0x24
        let mark: UInt8 = isDollar ? 0x24 : 0x27
        let open = text[(isDollar ? token.start + 1 : token.start)..<token.end]
          .firstIndex(of: mark)
        let start = (open ?? token.start) + 1
        let close = token.isUnterminated ? 0 : isDollar ? start - token.start : 1
        if start < token.end - close { found.append(start..<token.end - close) }
      }
      before = token
    }
    return found
  }

  private static func lower(_ base: UnsafePointer<UInt8>, _ at: Int) -> UInt8 {
    Words.lower(base[at])
  }
}
