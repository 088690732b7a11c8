extension LiteralRedactor {
  /// A message, detail, hint or context with `?` for what stands in quotes, for numbers, and for
  /// the values behind `)=(`, `contains (` and `JSON data`; `$1` stays.
  ///
  /// Names stand in quotes as values do and go with them. Values may hold quotes themselves, so
  /// everything from the first quote to the last of its kind goes.
  public static func redactMessage(_ text: UnsafeBufferPointer<UInt8>) -> [UInt8] {
    var out: [UInt8] = []
    out.reserveCapacity(text.count)
    var at = 0
    while at < text.count {
      if let opening = quote(text, at) {
        let start = at + opening.length
        let close = lastClosing(text, from: start, opening)
        out.append(contentsOf: text[at..<start])
        out.append(0x3F)
        at = close ?? text.count
        if close != nil {
          let end = min(at + opening.length, text.count)
          out.append(contentsOf: text[at..<end])
          at = end
        }
      } else if opensValues(text, at) {
        let end = text.lastIndex(of: 0x29).flatMap { $0 > at ? $0 : nil } ?? text.count
        out.append(contentsOf: [0x28, 0x3F])
        at = end
      } else if starts(text, at, "JSON data, ") {
        out.append(contentsOf: "JSON data, ?".utf8)
        while at < text.count, text[at] != 0x0A { at += 1 }
      } else if isDigit(text[at]), at == 0 || !isWordByte(text[at - 1]) && text[at - 1] != 0x24 {
        out.append(0x3F)
        while at < text.count, isWordByte(text[at]) || isDecimalPoint(text, at) { at += 1 }
      } else {
        out.append(text[at])
        at += 1
      }
    }
    return out
  }

  // MARK: - Quotes

  private enum Quote {
    case single, double, guillemets, typographic
    /// `$tag$`, with the length of the whole.
    case dollar(Int)

    var length: Int {
      switch self {
      case .single, .double: 1
      case .guillemets: 2
      case .typographic: 3
      case .dollar(let count): count
      }
    }
  }

  private static func quote(_ text: UnsafeBufferPointer<UInt8>, _ at: Int) -> Quote? {
    switch text[at] {
    case 0x22: .double
    case 0x27: isApostrophe(text, at) ? nil : .single
    case 0x24: dollarTag(text, at).map { .dollar($0) }
    case 0xC2, 0xE2: typographic(text, at)
    default: nil
    }
  }

  /// `«`, `»` and the marks of U+2018 to U+201F.
  private static func typographic(_ text: UnsafeBufferPointer<UInt8>, _ at: Int) -> Quote? {
    guard at + 1 < text.count else { return nil }
    if text[at] == 0xC2 {
      return text[at + 1] == 0xAB || text[at + 1] == 0xBB ? .guillemets : nil
    }
    guard at + 2 < text.count, text[at] == 0xE2, text[at + 1] == 0x80,
      (0x98...0x9F).contains(text[at + 2])
    else { return nil }
    return .typographic
  }

  /// The last quote of the kind behind the opening one.
  private static func lastClosing(
    _ text: UnsafeBufferPointer<UInt8>, from: Int, _ opening: Quote
  ) -> Int? {
    var at = text.count - opening.length
    while at >= from {
      switch opening {
      case .single: if text[at] == 0x27 { return at }
      case .double: if text[at] == 0x22 { return at }
      case .dollar:
        if text[at..<at + opening.length].elementsEqual(
          text[from - opening.length..<from])
        {
          return at
        }
      case .guillemets, .typographic:
        if let found = typographic(text, at), found.length == opening.length { return at }
      }
      at -= 1
    }
    return nil
  }

  /// `can't`, `it's`: one of the endings that words have, and no quote behind. `E'…'` and `LIKE'…'`
  /// open a constant.
  private static func isApostrophe(_ text: UnsafeBufferPointer<UInt8>, _ at: Int) -> Bool {
    guard at > 1, isWordByte(text[at - 1]), isWordByte(text[at - 2]) else { return false }
    let rest = text[(at + 1)...]
    let ending = rest.prefix { isWordByte($0) }
    return ["t", "s", "re", "ve", "ll", "d"].contains { ending.elementsEqual($0.utf8) }
      && !rest.contains(0x27)
  }

  /// The length of `$$` or `$tag$`.
  private static func dollarTag(_ text: UnsafeBufferPointer<UInt8>, _ at: Int) -> Int? {
    var end = at + 1
    if end < text.count, isDigit(text[end]) { return nil }
    while end < text.count, isWordByte(text[end]) { end += 1 }
    return end < text.count && text[end] == 0x24 ? end + 1 - at : nil
  }

  // MARK: - Other values

  private static func opensValues(_ text: UnsafeBufferPointer<UInt8>, _ at: Int) -> Bool {
    guard text[at] == 0x28, at >= 2 else { return false }
    if text[at - 1] == 0x3D { return true }
    // `(a) = (1)` of a partition key, and `contains (1, 2)`.
    if at >= 3, text[at - 1] == 0x20, text[at - 2] == 0x3D { return true }
    return at >= 9 && text[(at - 9)..<at].elementsEqual("contains ".utf8)
  }

  static func starts(
    _ text: UnsafeBufferPointer<UInt8>, _ at: Int, _ word: StaticString
  ) -> Bool {
    guard at + word.utf8CodeUnitCount <= text.count else { return false }
    return (0..<word.utf8CodeUnitCount).allSatisfy { text[at + $0] == word.utf8Start[$0] }
  }

  private static func isDigit(_ byte: UInt8) -> Bool { byte &- 0x30 < 10 }

  private static func isDecimalPoint(_ text: UnsafeBufferPointer<UInt8>, _ at: Int) -> Bool {
    text[at] == 0x2E && at + 1 < text.count && isDigit(text[at + 1])
  }

  private static func isWordByte(_ byte: UInt8) -> Bool {
    byte >= 0x80 || isDigit(byte) || (byte | 0x20) &- 0x61 < 26 || byte == 0x5F
  }
}
