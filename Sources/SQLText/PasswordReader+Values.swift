/// The forms in which a value is written.
extension PasswordReader {
  /// How far is looked ahead.
  static let reach = 512
  /// How far a list of several lines is followed.
  static let listReach = 16_384

  func isDigit(_ byte: UInt8) -> Bool { byte &- 0x30 < 10 }

  func isWordByte(_ byte: UInt8) -> Bool {
    byte >= 0x80 || isDigit(byte) || (byte | 0x20) &- 0x61 < 26 || byte == 0x5F
  }

  /// Whether `$1` stands there, and no value that begins so.
  func isParameter(_ from: Int) -> Bool {
    guard byte(from) == 0x24, isDigit(byte(from + 1)) else { return false }
    var end = from + 1
    while isDigit(byte(end)) { end += 1 }
    switch byte(end) {
    case 0...0x20, 0x22, 0x27, 0x29, 0x2C, 0x3A, 0x3B, 0x5D, 0x7C: return true
    default: return false
    }
  }

  func append(_ start: Int, _ end: Int, _ found: inout [Range<Int>]) {
    if end > start { found.append(start..<end) }
  }

  /// White space, the same escaped as JSON has it, and comments, which nest.
  ///
  /// What is read only to look ahead has a `limit`: nothing is read again and again.
  mutating func skipGap(limit: Int = .max) {
    let end = limit < count - at ? at + limit : count
    while at < end {
      switch base[at] {
      case 0x20, 0x09...0x0D: at += 1
      case 0x5C where byte(at + 1) == 0x6E || byte(at + 1) == 0x74 || byte(at + 1) == 0x72: at += 2
      case 0x2D where byte(at + 1) == 0x2D:
        at = ByteScan.find(0x0A, in: base, from: at, to: end)
      case 0x2F where byte(at + 1) == 0x2A: skipComment(to: end)
      default: return
      }
    }
  }

  private mutating func skipComment(to limit: Int) {
    var depth = 0
    while at < limit {
      if base[at] == 0x2F, byte(at + 1) == 0x2A {
        depth += 1
        at += 2
      } else if base[at] == 0x2A, byte(at + 1) == 0x2F {
        depth -= 1
        at += 2
        if depth == 0 { return }
      } else {
        at += 1
      }
    }
    at = min(at, count)
  }

  func run(_ quote: UInt8, _ from: Int) -> Int {
    var end = from
    while end < count, base[end] == quote { end += 1 }
    return end - from
  }

  /// A value in quotes. Quotes are doubled when the whole stands in quotes, and once more for each
  /// literal around it: the value ends at the next run of as many.
  mutating func quoted(_ quote: UInt8, _ found: inout [Range<Int>]) {
    let length = run(quote, at)
    let isValue = isValueByte(byte(at + length))
    let delimiter: Int
    switch length {
    case 2: delimiter = isValue || isInLiteral && quote == 0x27 ? 2 : 1
    case 4: delimiter = isValue ? 4 : isInLiteral && quote == 0x27 ? 2 : 1
    case 8 where isValue: delimiter = 8
    default: delimiter = length > 2 && isInLiteral && quote == 0x27 ? 2 : 1
    }
    at += delimiter
    let start = at
    while at < count {
      if base[at] == 0x5C {
        // `\''` is an escaped quote of a connection string.
        at = min(at + (delimiter > 1 && run(quote, at + 1) >= delimiter ? 1 + delimiter : 2), count)
      } else if base[at] != quote {
        at += 1
      } else {
        let closing = run(quote, at)
        // Twice as many are a quote in the value; fewer end what is around it.
        guard closing >= 2 * delimiter else { break }
        let escapes = closing / (2 * delimiter) * 2 * delimiter
        at += escapes
        if escapes < closing { break }
      }
    }
    append(start, at, &found)
    guard delimiter == 1, at < count else { return }
    at += 1
    continued(quote, &found)
  }

  /// `'…'` goes on after a line break.
  private mutating func continued(_ quote: UInt8, _ found: inout [Range<Int>]) {
    guard quote == 0x27 else { return }
    while true {
      let end = at
      skipGap(limit: Self.reach)
      let sawBreak = UnsafeBufferPointer(start: base + end, count: at - end).contains(0x0A)
      guard sawBreak, byte(at) == quote else {
        at = end
        return
      }
      let start = at + 1
      at = ByteScan.find(quote, in: base, from: start, to: count)
      append(start, at, &found)
      at = min(at + 1, count)
    }
  }

  private func isValueByte(_ byte: UInt8) -> Bool {
    switch byte {
    case 0...0x20, 0x27, 0x22, 0x29, 0x2C, 0x3B: false
    default: true
    }
  }

  /// A value whose quotes are escaped with a backslash.
  mutating func escaped(_ found: inout [Range<Int>]) {
    let quote = byte(at + 1)
    at += 2
    let start = at
    while at < count, !(base[at] == 0x5C && byte(at + 1) == quote), base[at] != quote {
      at += base[at] == 0x5C && byte(at + 1) == 0x5C ? 2 : 1
    }
    at = min(at, count)
    append(start, at, &found)
  }

  /// `$$…$$`; false when no such literal begins here.
  mutating func dollarQuoted(_ found: inout [Range<Int>]) -> Bool {
    guard !isDigit(byte(at + 1)) else { return false }
    var tagEnd = at + 1
    while tagEnd < count, isWordByte(base[tagEnd]) { tagEnd += 1 }
    guard byte(tagEnd) == 0x24 else { return false }
    let text = UnsafeBufferPointer(start: base + at, count: count - at)
    var lexer = SQLLexer(text)
    let token = lexer.next()
    let length = tagEnd + 1 - at
    // Within a literal, and without an end, `$a$` may be how the password begins.
    if token.isUnterminated || isInLiteral {
      append(at, at + token.end, &found)
    } else {
      append(at + length, at + token.end - length, &found)
    }
    at += token.end
    return true
  }

  /// A value of a connection string, a URI, a list, a command: only white space ends it for sure,
  /// or the end of the literal around it.
  mutating func unquoted(_ found: inout [Range<Int>]) {
    let start = at
    // What is left of a value in a text that was redacted before.
    if byte(at) == 0x3F, !isValueByte(byte(at + 1)) { return }
    scan: while at < count {
      switch base[at] {
      case 0...0x20: break scan
      case 0x27:
        let length = run(0x27, at)
        // Doubled within a word, it is a quote of the value.
        guard length > 1, isValueByte(byte(at + length)) else { break scan }
        at += length
      case 0x2A where byte(at + 1) == 0x2F && byte(at + 2) <= 0x20: break scan
      case 0x5C: at = min(at + 2, count)
      default: at += 1
      }
    }
    append(start, at, &found)
  }

  /// A value that may hold quotes: up to the last one of the text.
  mutating func toLastQuote(_ found: inout [Range<Int>]) {
    let start = at + 1
    var end = count
    while end > start, base[end - 1] != 0x22 { end -= 1 }
    at = end > start ? end - 1 : count
    append(start, at, &found)
  }

  /// The rest of the line.
  mutating func line(_ found: inout [Range<Int>]) {
    let start = at
    at = ByteScan.find(0x0A, in: base, from: at, to: count)
    append(start, at, &found)
  }

  /// A value of a plan's text, which may go on in further lines: up to one that is the plan's again,
  /// a node or a property.
  mutating func planLines(_ found: inout [Range<Int>]) {
    let start = at
    repeat {
      at = ByteScan.find(0x0A, in: base, from: at, to: count)
      if at >= count || isPlanLine(at + 1) { break }
      at += 1
    } while true
    append(start, at, &found)
  }

  private func isPlanLine(_ line: Int) -> Bool {
    var at = line
    while byte(at) == 0x20 { at += 1 }
    if byte(at) == 0x2D, byte(at + 1) == 0x3E { return at > line }
    guard byte(at) &- 0x41 < 26 else { return false }
    while isWordByte(byte(at)) || byte(at) == 0x20 || byte(at) == 0x2F { at += 1 }
    return byte(at) == 0x3A
  }

  /// `<password>…</password>`
  mutating func element(_ found: inout [Range<Int>]) {
    let start = at + 1
    at = ByteScan.find(0x3C, in: base, from: start, to: count)
    append(start, at, &found)
  }

  /// `Key (name, password)=(…) already exists.`, `password in (…)`: to the last parenthesis of the
  /// line, as values may hold some. Of parameters nothing is to be taken out.
  mutating func keyValues(_ found: inout [Range<Int>]) {
    let open = ByteScan.find(0x28, in: base, from: at, to: count)
    let start = min(open + 1, count)
    let end = listEnd(start, open)
    let hasLiteral = UnsafeBufferPointer(start: base + start, count: end - start).contains(0x27)
    let place = at
    let isPlain = isParameter(start) && !hasLiteral
    addParameters(start, end)
    if isPlain { return }
    append(start, end, &found)
    at = max(place, end)
  }

  /// The last parenthesis of the line, as values of a message may hold some. Where the line has none, the
  /// one that closes the list, or the last of the text.
  private func listEnd(_ start: Int, _ open: Int) -> Int {
    let lineEnd = ByteScan.find(0x0A, in: base, from: start, to: count)
    if let end = lastParenthesis(start, lineEnd) { return end }
    let limit = min(count, start + Self.listReach)
    var depth = 1
    var at = start
    while at < limit {
      switch base[at] {
      case 0x27: at = ByteScan.find(0x27, in: base, from: at + 1, to: limit)
      case 0x28: depth += 1
      case 0x29:
        depth -= 1
        if depth == 0 { return at }
      default: break
      }
      at += 1
    }
    return lastParenthesis(start, limit) ?? lineEnd
  }

  private func lastParenthesis(_ start: Int, _ end: Int) -> Int? {
    var end = end
    while end > start, base[end - 1] != 0x29 { end -= 1 }
    return end > start ? end - 1 : nil
  }

  /// `format('… %L', …)`: what is put in the place. False when no arguments follow.
  mutating func arguments(_ found: inout [Range<Int>]) -> Bool {
    let letter = byte(at + 1) | 0x20
    guard letter == 0x6C || letter == 0x73 || letter == 0x69 || isDigit(byte(at + 1)) else {
      return false
    }
    let start = at
    at = ByteScan.find(0x27, in: base, from: at, to: min(count, at + Self.reach))
    at += run(0x27, at)
    skipGap(limit: Self.reach)
    guard byte(at) == 0x2C else {
      at = start
      return false
    }
    at += 1
    skipGap()
    let first = at
    var depth = 0
    var isQuoted = false
    var hasLiteral = false
    scan: while at < count {
      switch base[at] {
      case 0x27:
        isQuoted.toggle()
        hasLiteral = true
      case 0x24 where !isDigit(byte(at + 1)): hasLiteral = true
      case 0x28 where !isQuoted: depth += 1
      case 0x29 where !isQuoted:
        depth -= 1
        if depth < 0 { break scan }
      case 0x3B where !isQuoted: break scan
      default: break
      }
      at += 1
    }
    if hasLiteral { append(first, at, &found) }
    addParameters(first, at)
    return true
  }
}
