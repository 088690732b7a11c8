/// Functions whose arguments are secret, and settings that are by the statement that sets them.
extension PasswordReader {
  /// Every constant between the parentheses that follow the name. Which of them is the key and which
  /// the text, the overloads of pgcrypto's functions leave open.
  ///
  /// Without a constant or parameter within `reach` bytes it is given up.
  mutating func call(_ found: inout [Range<Int>], reach: Int = .max) {
    while isWordByte(byte(at)) { at += 1 }
    _ = skipNameQuote()
    skipGap(limit: Self.reach)
    guard byte(at) == 0x28 else { return }
    at += 1
    var depth = 1
    let limit = reach < count - at ? at + reach : count
    let before = (found.count, parameters.count)
    while at < count, depth > 0 {
      if at >= limit, (found.count, parameters.count) == before { return }
      switch base[at] {
      case 0x28: depth += 1
      case 0x29: depth -= 1
      case 0x27:
        let before = found.count
        quoted(0x27, &found)
        // Where quotes are doubled, the value ends in front of those that close it.
        if found.count > before, found[before].upperBound == at { at += run(0x27, at) }
        continue
      case 0x5C where byte(at + 1) == 0x27:
        escaped(&found)
        at += 1
      case 0x24 where isParameter(at):
        addParameter()
        continue
      case 0x24 where dollarQuoted(&found): continue
      default: break
      }
      at += 1
    }
  }

  /// `parameter "app.token" changed to "…"`, `SET app.token = '…'`, `set_config('app.token', '…')`.
  mutating func token(_ found: inout [Range<Int>]) {
    while isWordByte(byte(at)) { at += 1 }
    if isSet {
      if byte(at) == 0x27, behindName(&found) { return }
      _ = skipNameQuote()
      skipGap(limit: Self.reach)
      guard skipOperator(isQuotedKey: false) != .none else { return }
      skipPrefix()
      switch byte(at) {
      case 0x27: quoted(0x27, &found)
      case 0x24 where dollarQuoted(&found): break
      default: unquoted(&found)
      }
      return
    }
    if isText {
      at += 1
      while byte(at) == 0x20 { at += 1 }
      return unquoted(&found)
    }
    guard skipNameQuote() else { return }
    if byte(at) == 0x3A { return member(&found) }
    guard byte(at) == 0x20 else { return }
    at += 1
    guard skipOperator(isQuotedKey: true) == .change, byte(at) == 0x22 else { return }
    toLastQuote(&found)
  }

  /// `"token": "…"` of JSON.
  private mutating func member(_ found: inout [Range<Int>]) {
    at += 1
    while byte(at) == 0x20 { at += 1 }
    if byte(at) == 0x22 { return quoted(0x22, &found) }
    if byte(at) == 0x5C, byte(at + 1) == 0x22 { escaped(&found) }
  }

  /// Whether the name stands in a text that is no SQL: `'… token=…'`, `?token=…`, `token: …`.
  private var isText: Bool {
    let isColon = byte(at) == 0x3A && byte(at + 1) == 0x20
    let isAddress = word.start > 0 && (base[word.start - 1] == 0x3F || base[word.start - 1] == 0x26)
    return isColon || byte(at) == 0x3D && (isInLiteral || isAddress)
  }

  /// Whether the name is a setting's: behind SET, SET LOCAL and SET SESSION, or the first argument of
  /// set_config.
  private var isSet: Bool {
    var start = word.start
    let limit = max(0, start - 128)
    while start > limit, isNameByte(base[start - 1]) { start -= 1 }
    var end = start
    if end > limit, base[end - 1] == 0x27 {
      while end > limit, !isWordByte(base[end - 1]) { end -= 1 }
      // `setting_name => '…'`
      if ends(with: "setting_name", end) {
        end -= 12
        while end > limit, !isWordByte(base[end - 1]) { end -= 1 }
      }
      return ends(with: "set_config", end)
    }
    while end > limit, base[end - 1] <= 0x20 { end -= 1 }
    guard end < start else { return false }
    // A column is set by `UPDATE t SET token = …`; a name without a dot is none of a setting's.
    let isQualified = UnsafeBufferPointer(start: base + start, count: word.start - start)
      .contains(0x2E)
    return isQualified
      && (ends(with: "set", end) || ends(with: "local", end) || ends(with: "session", end))
  }

  /// A byte of a name with its qualifiers, in quotes or not.
  private func isNameByte(_ byte: UInt8) -> Bool {
    isWordByte(byte) || byte == 0x2E || byte == 0x22
  }

  private func ends(with name: StaticString, _ end: Int) -> Bool {
    let start = end - name.utf8CodeUnitCount
    guard start >= 0, start == 0 || !isWordByte(base[start - 1]) else { return false }
    return Words.matches(base, SQLToken(.word, start, end), name)
  }
}
