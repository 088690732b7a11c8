/// Values that are computed, and those that stand in front of the name.
extension PasswordReader {
  /// `password = encode(digest('…', 'sha256'), 'hex')`, `password = ANY ('{…}')`, `= (SELECT '…')`: every
  /// constant of the call. False, and nothing read, when no call with constants or parameters follows.
  mutating func callOfValue(_ found: inout [Range<Int>]) -> Bool {
    let start = at
    let before = (found.count, parameters.count)
    while isWordByte(byte(at)) || byte(at) == 0x2E { at += 1 }
    // What holds none is read again, so that it must not be long.
    call(&found, reach: Self.reach)
    if (found.count, parameters.count) != before { return true }
    at = start
    return false
  }

  /// Whether an expression begins there, which no keyword of a role's options is.
  var isComputed: Bool {
    var ahead = at
    while isWordByte(byte(ahead)) || byte(ahead) == 0x2E { ahead += 1 }
    return byte(ahead) == 0x28
  }

  /// `'…' || '…' || md5('…')`: the values that follow one.
  mutating func concatenated(_ found: inout [Range<Int>]) {
    while true {
      let start = at
      skipGap(limit: Self.reach)
      guard byte(at) == 0x7C, byte(at + 1) == 0x7C else {
        at = start
        return
      }
      at += 2
      skipGap(limit: Self.reach)
      if callOfValue(&found) { continue }
      skipPrefix()
      if byte(at) == 0x27 {
        quoted(0x27, &found)
      } else if isParameter(at) {
        addParameter()
      } else {
        at = start
        return
      }
    }
  }

  /// Parentheses that close, and casts: `)::text`, `::character varying(32)`.
  mutating func skipClosing() {
    let end = min(count, at + Self.reach)
    while at < end {
      switch base[at] {
      case 0x29, 0x5D: at += 1
      case 0x3A where byte(at + 1) == 0x3A:
        at += 2
        while isWordByte(byte(at)) || byte(at) == 0x2E { at += 1 }
        if byte(at) == 0x20, skipSecondWord() { continue }
      case 0x20, 0x09...0x0D: at += 1
      default: return
      }
    }
  }

  /// The second word of `character varying`, with its length.
  private mutating func skipSecondWord() -> Bool {
    let start = at
    at += 1
    guard skipWord("varying") || skipWord("precision") else {
      at = start
      return false
    }
    return true
  }

  /// `new_value => …` of a call by names.
  mutating func skipArgumentName() {
    let start = at
    while isWordByte(byte(at)) { at += 1 }
    guard at > start else { return }
    skipGap(limit: Self.reach)
    if byte(at) == 0x3D && byte(at + 1) == 0x3E || byte(at) == 0x3A && byte(at + 1) == 0x3D {
      at += 2
      skipGap(limit: Self.reach)
    } else {
      at = start
    }
  }

  /// Whether another literal follows.
  var aheadIsQuote: Bool {
    var ahead = self
    ahead.skipGap(limit: Self.reach)
    return ahead.at > at && ahead.byte(ahead.at) == 0x27
  }

  /// `'…' = password`, `$1 = u.password`, `md5('…') = password`: what is compared stands before.
  mutating func comparedBefore(_ found: inout [Range<Int>]) {
    let limit = max(0, word.start - Self.reach)
    var end = word.start
    while end > limit, isWordByte(base[end - 1]) || base[end - 1] == 0x2E || base[end - 1] == 0x22 {
      end -= 1
    }
    while end > limit, base[end - 1] <= 0x20 || base[end - 1] == 0x28 { end -= 1 }
    guard end > limit, base[end - 1] == 0x3D else { return }
    end -= 1
    while end > limit, base[end - 1] <= 0x20 { end -= 1 }
    end = castStart(end, limit)
    guard end > limit else { return }
    switch base[end - 1] {
    case 0x27:
      var start = end - 1
      while start > limit, base[start - 1] != 0x27 { start -= 1 }
      if start > limit { append(start, end - 1, &found) }
    case 0x29:
      let open = callStart(end, limit)
      var inner = PasswordReader(base: base, count: end, word, isInLiteral: isInLiteral)
      inner.at = open
      inner.call(&found)
      for number in inner.parameters { note(number) }
    default:
      var start = end
      while start > limit, isDigit(base[start - 1]) { start -= 1 }
      guard start < end, start > limit, base[start - 1] == 0x24 else { return }
      let place = at
      addParameters(start - 1, end)
      at = place
    }
  }

  /// Where the cast before `end` begins, if there is one.
  private func castStart(_ end: Int, _ limit: Int) -> Int {
    var start = end
    while start > limit, isWordByte(base[start - 1]) || base[start - 1] == 0x2E { start -= 1 }
    guard start - 2 > limit, base[start - 1] == 0x3A, base[start - 2] == 0x3A else { return end }
    return start - 2
  }

  /// The parenthesis that the one before `end` closes.
  private func callStart(_ end: Int, _ limit: Int) -> Int {
    var depth = 0
    var at = end
    while at > limit {
      at -= 1
      if base[at] == 0x29 { depth += 1 }
      if base[at] == 0x28 {
        depth -= 1
        if depth == 0 { return at }
      }
    }
    return end
  }
}
