/// PostgreSQL's lexical rules (scan.l, standard_conforming_strings = on) over borrowed bytes.
///
/// White space and comments are left out. The rules are those of the newest server where servers
/// differ only in what they refuse (`0x1F`, `1_000`). Linear in the text, whatever it holds.
public struct SQLLexer {
  let base: UnsafePointer<UInt8>
  let count: Int
  let classes: UnsafePointer<UInt8>
  /// Where the next token is looked for.
  public private(set) var position: Int
  /// A comment was still open at the end of the text.
  public private(set) var endsInComment = false

  /// Reads `text` from `position`, which must not lie inside a token; borrows the bytes.
  public init(_ text: UnsafeBufferPointer<UInt8>, position: Int = 0) {
    base = text.baseAddress ?? ByteClass.table
    count = text.count
    classes = ByteClass.table
    self.position = position
  }

  /// The next token; `.endOfText` at the end, as often as asked.
  public mutating func next() -> SQLToken { scan() }

  /// As `next`, inlined into the loops of this module.
  @inline(__always)
  mutating func scan() -> SQLToken {
    var at = position
    while true {
      guard at < count else {
        position = count
        return SQLToken(.endOfText, count, count)
      }
      let start = at
      switch classes[Int(base[at])] {
      case ByteClass.space:
        at &+= 1
        continue
      case ByteClass.letter:
        position = wordEnd(at &+ 1)
        return SQLToken(.word, start, position)
      case ByteClass.prefixLetter:
        if at &+ 1 < count, base[at &+ 1] == 0x27 || base[at &+ 1] == 0x26,
          let token = prefixed(start)
        {
          position = token.end
          return token
        }
        position = wordEnd(at &+ 1)
        return SQLToken(.word, start, position)
      case ByteClass.digit:
        position = numberEnd(at)
        return SQLToken(.number, start, position)
      case ByteClass.punctuation:
        position = at &+ 1
        return SQLToken(.punctuation, start, position)
      case ByteClass.dash:
        if at &+ 1 < count, base[at &+ 1] == 0x2D {
          at = lineEnd(at &+ 2)
          continue
        }
        position = operatorEnd(at)
        return SQLToken(.symbol, start, position)
      case ByteClass.slash:
        if at &+ 1 < count, base[at &+ 1] == 0x2A {
          guard let end = commentEnd(at &+ 2) else {
            endsInComment = true
            at = count
            continue
          }
          at = end
          continue
        }
        position = operatorEnd(at)
        return SQLToken(.symbol, start, position)
      case ByteClass.symbol:
        position = operatorEnd(at)
        return SQLToken(.symbol, start, position)
      default:
        let token = rare(start)
        position = token.end
        return token
      }
    }
  }

  // MARK: - Tokens that begin with a byte of their own

  private func rare(_ start: Int) -> SQLToken {
    let second = start &+ 1 < count ? base[start &+ 1] : 0
    switch base[start] {
    case 0x27: return quoted(start, open: start, escapes: false)
    case 0x22: return name(start, open: start)
    case 0x2E:  // .
      if second == 0x2E { return SQLToken(.dots, start, start &+ 2) }
      if classes[Int(second)] == ByteClass.digit {
        return SQLToken(.number, start, fractionEnd(start))
      }
      return SQLToken(.punctuation, start, start &+ 1)
    case 0x3A:  // :
      if second == 0x3A { return SQLToken(.cast, start, start &+ 2) }
      if second == 0x3D { return SQLToken(.assign, start, start &+ 2) }
      return SQLToken(.punctuation, start, start &+ 1)
    case 0x24: return dollar(start)
    default: return SQLToken(.other, start, start &+ 1)
    }
  }

  /// `E''`, `B''`, `X''`, `N''`, `U&''`, `U&""`; nil when the letter begins a word.
  private func prefixed(_ start: Int) -> SQLToken? {
    let letter = base[start] | 0x20
    if base[start &+ 1] == 0x27 {
      guard letter != 0x75 else { return nil }
      return quoted(start, open: start &+ 1, escapes: letter == 0x65)
    }
    guard letter == 0x75, start &+ 2 < count else { return nil }
    switch base[start &+ 2] {
    case 0x27: return withEscapeClause(quoted(start, open: start &+ 2, escapes: false))
    case 0x22: return withEscapeClause(name(start, open: start &+ 2))
    default: return nil
    }
  }

  /// A string whose quote opens at `open`, with the parts that go on after a line break.
  private func quoted(_ start: Int, open: Int, escapes: Bool) -> SQLToken {
    var at = open &+ 1
    while true {
      at =
        escapes
        ? ByteScan.find(0x27, or: 0x5C, in: base, from: at, to: count)
        : ByteScan.find(0x27, in: base, from: at, to: count)
      guard at < count else { return SQLToken(.string, start, count, unterminated: true) }
      if base[at] == 0x5C {
        at = min(at &+ 2, count)
      } else if at &+ 1 < count, base[at &+ 1] == 0x27 {
        at &+= 2
      } else if let next = continuation(at &+ 1) {
        at = next
      } else {
        return SQLToken(.string, start, at &+ 1)
      }
    }
  }

  /// One past the quote that goes on with the string that ended before `from`: only white space
  /// with a line break, and `--` comments, may stand between.
  private func continuation(_ from: Int) -> Int? {
    var at = from
    var sawLineBreak = false
    while at < count {
      switch base[at] {
      case 0x0A, 0x0D:
        sawLineBreak = true
        at &+= 1
      case 0x20, 0x09, 0x0B, 0x0C: at &+= 1
      case 0x2D where at &+ 1 < count && base[at &+ 1] == 0x2D: at = lineEnd(at &+ 2)
      case 0x27: return sawLineBreak ? at &+ 1 : nil
      default: return nil
      }
    }
    return nil
  }

  private func name(_ start: Int, open: Int) -> SQLToken {
    var at = open &+ 1
    while true {
      at = ByteScan.find(0x22, in: base, from: at, to: count)
      guard at < count else { return SQLToken(.quotedName, start, count, unterminated: true) }
      guard at &+ 1 < count, base[at &+ 1] == 0x22 else {
        return SQLToken(.quotedName, start, at &+ 1)
      }
      at &+= 2
    }
  }

  /// PostgreSQL makes one token of `U&'…' UESCAPE 'c'`.
  private func withEscapeClause(_ token: SQLToken) -> SQLToken {
    guard !token.isUnterminated else { return token }
    let word = gapEnd(token.end)
    let end = wordEnd(word)
    guard end &- word == 7, Words.matches(base, SQLToken(.word, word, end), "uescape") else {
      return token
    }
    let escape = gapEnd(end)
    guard escape < count, base[escape] == 0x27 else { return token }
    let close = ByteScan.find(0x27, in: base, from: escape &+ 1, to: count)
    guard close < count else { return token }
    return SQLToken(token.kind, token.start, close &+ 1)
  }

  /// One past the white space and comments at `from`.
  private func gapEnd(_ from: Int) -> Int {
    var at = from
    while at &+ 1 < count {
      if classes[Int(base[at])] == ByteClass.space {
        at &+= 1
      } else if base[at] == 0x2D, base[at &+ 1] == 0x2D {
        at = lineEnd(at &+ 2)
      } else if base[at] == 0x2F, base[at &+ 1] == 0x2A {
        at = commentEnd(at &+ 2) ?? count
      } else {
        return at
      }
    }
    return at
  }

  private func dollar(_ start: Int) -> SQLToken {
    var at = start &+ 1
    while at < count, classes[Int(base[at])] == ByteClass.digit { at &+= 1 }
    if at > start &+ 1 { return SQLToken(.parameter, start, at) }
    while at < count, base[at] != 0x24, classes[Int(base[at])] >= ByteClass.firstOfWord {
      at &+= 1
    }
    guard at < count, base[at] == 0x24 else { return SQLToken(.other, start, start &+ 1) }
    let tagCount = at &+ 1 &- start
    at &+= 1
    while true {
      at = ByteScan.find(0x24, in: base, from: at, to: count)
      guard at &+ tagCount <= count else {
        return SQLToken(.string, start, count, unterminated: true)
      }
      var matched = 1
      while matched < tagCount, base[at &+ matched] == base[start &+ matched] { matched &+= 1 }
      if matched == tagCount { return SQLToken(.string, start, at &+ tagCount) }
      at &+= matched
    }
  }

  // MARK: - Ends

  @inline(__always)
  private func wordEnd(_ from: Int) -> Int {
    var at = from
    while at < count, classes[Int(base[at])] >= ByteClass.firstOfWord { at &+= 1 }
    return at
  }

  @inline(__always)
  private func lineEnd(_ from: Int) -> Int {
    ByteScan.find(0x0A, or: 0x0D, in: base, from: from, to: count)
  }

  /// Nil when the comment is open at the end of the text.
  private func commentEnd(_ from: Int) -> Int? {
    var at = from
    var depth = 1
    while true {
      at = ByteScan.find(0x2A, or: 0x2F, in: base, from: at, to: count)
      guard at &+ 1 < count else { return nil }
      let second = base[at &+ 1]
      if base[at] == 0x2A, second == 0x2F {
        depth &-= 1
        at &+= 2
        if depth == 0 { return at }
      } else if base[at] == 0x2F, second == 0x2A {
        depth &+= 1
        at &+= 2
      } else {
        at &+= 1
      }
    }
  }

  @inline(__always)
  private func digitsEnd(_ from: Int) -> Int {
    var at = from
    while at < count {
      let isDigit = classes[Int(base[at])] == ByteClass.digit
      let joins =
        base[at] == 0x5F && at > from && at &+ 1 < count
        && classes[Int(base[at &+ 1])] == ByteClass.digit
      guard isDigit || joins else { break }
      at &+= 1
    }
    return at
  }

  private func numberEnd(_ start: Int) -> Int {
    if base[start] == 0x30, start &+ 2 < count {
      let mark = base[start &+ 1] | 0x20
      if mark == 0x78 || mark == 0x6F || mark == 0x62 {
        let end = radixEnd(start &+ 2, radix: mark == 0x78 ? 16 : mark == 0x6F ? 8 : 2)
        if end > start &+ 2 { return end }
      }
    }
    let at = digitsEnd(start)
    guard at < count, base[at] == 0x2E, at &+ 1 >= count || base[at &+ 1] != 0x2E else {
      return exponentEnd(at)
    }
    return fractionEnd(at)
  }

  private func radixEnd(_ from: Int, radix: UInt8) -> Int {
    var at = from
    while at < count {
      let byte = base[at]
      let lower = byte | 0x20
      let digit =
        byte &- 0x30 < 10 ? byte &- 0x30 : lower &- 0x61 < 6 ? lower &- 0x57 : 0xFF
      guard digit < radix || byte == 0x5F else { break }
      at &+= 1
    }
    return at
  }

  /// `dot` is the index of the point.
  private func fractionEnd(_ dot: Int) -> Int { exponentEnd(digitsEnd(dot &+ 1)) }

  @inline(__always)
  private func exponentEnd(_ from: Int) -> Int {
    guard from < count, base[from] | 0x20 == 0x65 else { return from }
    var at = from &+ 1
    if at < count, base[at] == 0x2B || base[at] == 0x2D { at &+= 1 }
    let end = digitsEnd(at)
    return end > at ? end : from
  }

  /// The longest run of operator characters, cut before a comment; a `+` or `-` at its end belongs
  /// to it only if one of the characters is not of standard SQL.
  @inline(__always)
  private func operatorEnd(_ start: Int) -> Int {
    let second = start &+ 1
    guard second < count, isOperatorClass(classes[Int(base[second])]) else { return second }
    return longOperatorEnd(start)
  }

  private func longOperatorEnd(_ start: Int) -> Int {
    // The server refuses names of 64 bytes and more; the bound keeps runs of `+-` linear.
    let limit = min(count, start &+ 64)
    var at = start
    var keepsSign = false
    while at < limit, isOperatorClass(classes[Int(base[at])]) {
      let byte = base[at]
      if at &+ 1 < count {
        if byte == 0x2D, base[at &+ 1] == 0x2D { break }
        if byte == 0x2F, base[at &+ 1] == 0x2A { break }
      }
      switch byte {
      case 0x7E, 0x21, 0x40, 0x23, 0x5E, 0x26, 0x7C, 0x60, 0x3F, 0x25: keepsSign = true
      default: break
      }
      at &+= 1
    }
    if !keepsSign {
      while at > start &+ 1, base[at &- 1] == 0x2B || base[at &- 1] == 0x2D { at &-= 1 }
    }
    return max(at, start &+ 1)
  }

  @inline(__always)
  private func isOperatorClass(_ kind: UInt8) -> Bool {
    kind == ByteClass.symbol || kind == ByteClass.dash || kind == ByteClass.slash
  }
}
