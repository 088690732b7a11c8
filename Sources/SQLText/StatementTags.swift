/// Tags that programs leave in a comment of a statement, to say where it came from.
///
/// SQLCommenter: `/*action='show',controller='cart'*/`, keys and values URL-encoded, quotes escaped
/// with a backslash. Marginalia: `/*application:Shop,controller:cart*/`. A comment that is not such
/// a list from its first to its last byte is no list; of several comments all are read, and of one
/// key the first value counts.
public enum StatementTags {
  /// Keys and values are read up to here, in bytes of the comment.
  public static let commentBytesMax = 4096

  /// The tags of `text` as a JSON object, keys in order of their bytes; nil when there are none.
  ///
  /// Passwords are masked. Linear, and a text without `/*` costs one search.
  public static func json(_ text: UnsafeBufferPointer<UInt8>) -> [UInt8]? {
    guard let base = text.baseAddress, holdsComment(base, text.count) else { return nil }
    var tags: [(key: [UInt8], value: [UInt8])] = []
    var lexer = SQLLexer(text)
    var end = 0
    while true {
      let token = lexer.next()
      comments(in: text, end..<token.start) { comment in
        for tag in list(comment) where !tags.contains(where: { $0.key == tag.key }) {
          tags.append(tag)
        }
      }
      guard token.kind != .endOfText else { break }
      end = token.end
    }
    guard !tags.isEmpty else { return nil }
    return document(tags.sorted { $0.key.lexicographicallyPrecedes($1.key) })
  }

  private static func holdsComment(_ base: UnsafePointer<UInt8>, _ count: Int) -> Bool {
    var at = 0
    while true {
      at = ByteScan.find(0x2F, in: base, from: at, to: count)
      guard at + 1 < count else { return false }
      if base[at + 1] == 0x2A { return true }
      at += 1
    }
  }

  /// Block comments of a gap between two tokens; comments to the end of a line are skipped.
  private static func comments(
    in text: UnsafeBufferPointer<UInt8>, _ gap: Range<Int>,
    _ body: (UnsafeBufferPointer<UInt8>) -> Void
  ) {
    var at = gap.lowerBound
    while at + 3 < gap.upperBound {
      if text[at] == 0x2D, text[at + 1] == 0x2D {
        at = text[at..<gap.upperBound].firstIndex(of: 0x0A) ?? gap.upperBound
      } else if text[at] == 0x2F, text[at + 1] == 0x2A {
        let start = at + 2
        var close = start
        while close + 1 < gap.upperBound, !(text[close] == 0x2A && text[close + 1] == 0x2F) {
          close += 1
        }
        guard close + 1 < gap.upperBound else { return }
        if close - start <= commentBytesMax {
          body(UnsafeBufferPointer(rebasing: text[start..<close]))
        }
        at = close + 2
      } else {
        at += 1
      }
    }
  }

  // MARK: - A comment

  private static func list(
    _ comment: UnsafeBufferPointer<UInt8>
  ) -> [(key: [UInt8], value: [UInt8])] {
    var tags: [(key: [UInt8], value: [UInt8])] = []
    var at = 0
    func skipBlanks() { while at < comment.count, comment[at] <= 0x20 { at += 1 } }
    while true {
      skipBlanks()
      let start = at
      while at < comment.count, isKeyByte(comment[at]) { at += 1 }
      let key = unquoted(UnsafeBufferPointer(rebasing: comment[start..<at]))
      guard at > start, at < comment.count else { return [] }
      let isCommenter = comment[at] == 0x3D
      guard isCommenter || comment[at] == 0x3A else { return [] }
      at += 1
      let value: [UInt8]
      if isCommenter {
        guard at < comment.count, comment[at] == 0x27 else { return [] }
        let first = at + 1
        at = first
        while at < comment.count, comment[at] != 0x27 { at += comment[at] == 0x5C ? 2 : 1 }
        guard at < comment.count else { return [] }
        value = unquoted(UnsafeBufferPointer(rebasing: comment[first..<at]))
        at += 1
      } else {
        let first = at
        while at < comment.count, comment[at] != 0x2C { at += 1 }
        value = trimmed(comment[first..<at])
        // Neither prose (`Note: …`) nor an address.
        guard let head = value.first, comment[first] > 0x20, head != 0x2F || value.count > 1,
          !value.starts(with: [0x2F, 0x2F])
        else { return [] }
      }
      tags.append((key, value))
      skipBlanks()
      guard at < comment.count else { return tags }
      guard comment[at] == 0x2C else { return [] }
      at += 1
    }
  }

  private static func isKeyByte(_ byte: UInt8) -> Bool {
    byte &- 0x30 < 10 || (byte | 0x20) &- 0x61 < 26 || byte == 0x5F || byte == 0x2D
      || byte == 0x2E || byte == 0x25
  }

  private static func trimmed(_ value: Slice<UnsafeBufferPointer<UInt8>>) -> [UInt8] {
    let head = value.drop { $0 <= 0x20 }
    let end = head.lastIndex { $0 > 0x20 }.map { $0 + 1 } ?? head.startIndex
    return Array(head[..<end])
  }

  /// Without backslashes, and with `%41` as the byte that it is.
  private static func unquoted(_ text: UnsafeBufferPointer<UInt8>) -> [UInt8] {
    var out: [UInt8] = []
    out.reserveCapacity(text.count)
    var at = 0
    while at < text.count {
      if text[at] == 0x5C, at + 1 < text.count {
        out.append(text[at + 1])
        at += 2
      } else if text[at] == 0x25, at + 2 < text.count, let high = hex(text[at + 1]),
        let low = hex(text[at + 2])
      {
        out.append(high << 4 | low)
        at += 3
      } else {
        out.append(text[at])
        at += 1
      }
    }
    return out
  }

  private static func hex(_ byte: UInt8) -> UInt8? {
    if byte &- 0x30 < 10 { return byte - 0x30 }
    let letter = byte | 0x20
    return letter &- 0x61 < 6 ? letter - 0x61 + 10 : nil
  }

  // MARK: - JSON

  private static func document(_ tags: [(key: [UInt8], value: [UInt8])]) -> [UInt8] {
    var out = [UInt8(ascii: "{")]
    for (index, tag) in tags.enumerated() {
      if index > 0 { out.append(UInt8(ascii: ",")) }
      string(tag.key, &out)
      out.append(UInt8(ascii: ":"))
      let isSecret = tag.key.withUnsafeBufferPointer { CredentialScrubber.namesSecret($0) }
      let scrubbed = tag.value.withUnsafeBufferPointer { CredentialScrubber.scrub($0) }
      string(isSecret ? Array("\(CredentialScrubber.mask)".utf8) : scrubbed ?? tag.value, &out)
    }
    out.append(UInt8(ascii: "}"))
    return out
  }

  /// A string that jsonb takes: valid UTF-8 without NUL.
  private static func string(_ bytes: [UInt8], _ out: inout [UInt8]) {
    out.append(0x22)
    let text = String(decoding: bytes, as: UTF8.self)
    JSONEscapes.escape(Array(text.utf8).filter { $0 != 0 }, to: &out)
    out.append(0x22)
  }
}
